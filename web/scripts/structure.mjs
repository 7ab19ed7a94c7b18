/** Holds the shape of `src/`: who may import whom, no cycles, kebab-case names, no barrels. Prints what is wrong. */
import { readdirSync, readFileSync, existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(new URL("../src", import.meta.url)));
const FOUNDATION = ["wire", "markdown", "ui", "i18n"];
/** What each folder of the foundation may use besides itself; features may use all of it, routes everything. */
const ALLOWED = { wire: [], ui: [], i18n: ["wire"], markdown: ["ui", "i18n"] };
const IMPORT = /(?:from\s+|import\s*\(\s*|import\s+)"((?:\.{1,2}\/|@\/)[^"]+)"/g;

const files = readdirSync(root, { recursive: true })
  .map(String)
  .filter((file) => /\.tsx?$/.test(file));
const problems = [];
const graph = new Map();

for (const file of files) {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.tsx?$/.test(file.split("/").at(-1))) problems.push(`${file}: not kebab-case`);
  const text = readFileSync(join(root, file), "utf8");
  if (/^export \* from/m.test(text)) problems.push(`${file}: a barrel`);
  const targets = [...text.matchAll(IMPORT)].map((match) => target(file, match[1])).filter((found) => found !== null);
  graph.set(file, targets);
  for (const found of targets) {
    if (!mayImport(folder(file), folder(found), file.includes(".test.")))
      problems.push(`${file}: may not import ${found}`);
  }
}

for (const file of files) {
  const cycle = findCycle(file, [file], new Set());
  if (cycle !== null && cycle.toSorted()[0] === file) problems.push(`cycle: ${cycle.join(" → ")}`);
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exitCode = 1;
}

function target(file, specifier) {
  const base = specifier.startsWith("@/") ? join(root, specifier.slice(2)) : resolve(root, dirname(file), specifier);
  const found = [base, `${base}.ts`, `${base}.tsx`, join(base, "index.ts")].find(
    (path) => existsSync(path) && statSync(path).isFile(),
  );
  return found === undefined || !/\.tsx?$/.test(found) ? null : relative(root, found);
}

function folder(file) {
  return file.includes("/") ? file.split("/")[0] : "";
}

function mayImport(from, to, isTest) {
  // What tests share stands beside the folders.
  if (isTest && to === "") return true;
  if (from === to || from === "" || from === "routes") return true;
  if (from in ALLOWED) return ALLOWED[from].includes(to);
  return FOUNDATION.includes(to);
}

/** The first way from `start` back to itself, or null. */
function findCycle(start, path, seen) {
  for (const next of graph.get(path.at(-1)) ?? []) {
    if (next === start) return path;
    if (seen.has(next)) continue;
    seen.add(next);
    const found = findCycle(start, [...path, next], seen);
    if (found !== null) return found;
  }
  return null;
}
