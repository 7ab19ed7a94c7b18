/** What kinds of files people know, told by the type that the server found and, where that says little, by the name. */

export type Kind = "image" | "pdf" | "document" | "sheet" | "slides" | "text" | "code" | "book" | "mail" | "other";

/** What the list of all files can be narrowed to. */
export const GROUPS = ["image", "document", "table", "text", "other"] as const;

export type Group = (typeof GROUPS)[number];

const BY_TYPE: readonly (readonly [RegExp, Kind])[] = [
  [/^image\//, "image"],
  [/^application\/pdf$/, "pdf"],
  [/wordprocessingml|msword|opendocument\.text|rtf/, "document"],
  [/spreadsheetml|ms-excel|opendocument\.spreadsheet|^text\/(csv|tab-separated-values)/, "sheet"],
  [/presentationml|ms-powerpoint|opendocument\.presentation/, "slides"],
  [/epub/, "book"],
  [/^message\/|ms-outlook/, "mail"],
];

/** Endings of code, with the language that colours it. */
const LANGUAGES: Readonly<Record<string, string>> = {
  bat: "powershell",
  c: "c",
  cc: "cpp",
  conf: "ini",
  cpp: "cpp",
  cs: "csharp",
  css: "css",
  dart: "dart",
  diff: "diff",
  ex: "elixir",
  exs: "elixir",
  go: "go",
  gql: "graphql",
  graphql: "graphql",
  h: "c",
  hpp: "cpp",
  hs: "haskell",
  ini: "ini",
  java: "java",
  jl: "julia",
  js: "javascript",
  json: "json",
  jsonl: "json",
  jsx: "javascript",
  kt: "kotlin",
  less: "scss",
  lua: "lua",
  m: "matlab",
  mjs: "javascript",
  mk: "makefile",
  patch: "diff",
  php: "php",
  pl: "perl",
  ps1: "powershell",
  py: "python",
  pyi: "python",
  r: "r",
  rb: "ruby",
  rs: "rust",
  sass: "scss",
  scala: "scala",
  scss: "scss",
  sh: "bash",
  sql: "sql",
  svg: "xml",
  swift: "swift",
  tex: "latex",
  toml: "ini",
  ts: "typescript",
  tsx: "typescript",
  vue: "xml",
  xml: "xml",
  yaml: "yaml",
  yml: "yaml",
  zsh: "bash",
};

/** The ending of a name in small letters, "" without one. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
}

/** What to colour a file's text as; undefined for text that is no code. */
export function languageOf(name: string): string | undefined {
  return LANGUAGES[endingOf(name)];
}

export function kindOf(mimeType: string, name: string): Kind {
  const known = BY_TYPE.find(([pattern]) => pattern.test(mimeType));
  if (known !== undefined) return known[1];
  if (languageOf(name) !== undefined || /javascript|json|xml|x-(python|sh|c|java)/.test(mimeType)) return "code";
  return mimeType.startsWith("text/") ? "text" : "other";
}

/** Pictures that every browser draws; others are shown by what the server made of them. */
export function isDrawable(mimeType: string): boolean {
  return /^image\/(?:png|jpeg|gif|webp|avif)$/.test(mimeType);
}
