/** Weighs what is loaded, gzipped, against its limits: the shell, the first view, and a chat with Markdown. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const built = fileURLToPath(new URL("../../src/chatbox/web", import.meta.url));
const manifest = JSON.parse(readFileSync(join(built, "manifest.json"), "utf8"));
const LIMITS = { shell: 180_000, "first view": 250_000, chat: 280_000 };
const ENTRY = "index.html";
const TAGS = ["en", "zh-CN"];
/** What a language brings: the page's texts and those that it shares with the server. */
const textsAtStart = (tag) => [`src/i18n/${tag}/index.ts`, `../src/chatbox/locales/${tag}.json`];
const textsOfChats = (tag) => [...textsAtStart(tag), `src/i18n/${tag}/chats.ts`];
const FIRST = ["src/routes/app-layout.tsx", "src/routes/new-chat.tsx"];
const CHAT = [...FIRST, "src/routes/chat.tsx"];

/** A chunk and everything that it imports at once; what it loads later does not count. */
function filesOf(name, files = new Set()) {
  const chunk = manifest[name];
  if (chunk === undefined || files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const sheet of chunk.css ?? []) files.add(sheet);
  for (const part of chunk.imports ?? []) filesOf(part, files);
  return files;
}

const weigh = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(built, file)), { level: 9 }).length, 0);

const together = (names, files = new Set()) => names.reduce((all, name) => filesOf(name, all), files);
const shell = together([ENTRY]);
const first = together(FIRST, new Set(shell));
const chat = together(CHAT, new Set(first));
/** Only one language is loaded; the heavier one counts. */
const heaviest = (textsOf) => Math.max(...TAGS.map((tag) => weigh(together(textsOf(tag)).difference(shell))));

for (const [name, files] of Object.entries({ shell, "first view": first, chat })) {
  const size = weigh(files) + heaviest(name === "shell" ? textsAtStart : textsOfChats);
  process.stdout.write(`${name}: ${(size / 1000).toFixed(1)} kB of ${LIMITS[name] / 1000} kB\n`);
  if (size > LIMITS[name]) process.exitCode = 1;
}
