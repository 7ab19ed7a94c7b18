/** The kinds of files that people know. */
import type { FileOut } from "@/wire/types";

export type Kind = "image" | "pdf" | "document" | "sheet" | "slides" | "text" | "code" | "book" | "mail" | "other";

/** What the list of all files can be narrowed to, as the server names it. */
export const GROUPS = ["image", "document", "table", "text", "other"] as const;

export type Group = (typeof GROUPS)[number];

/** By what the server found in the bytes. */
const FOUND: Readonly<Record<FileOut["kind"], Kind>> = {
  text: "text",
  markdown: "text",
  code: "code",
  csv: "sheet",
  html: "code",
  eml: "mail",
  notebook: "code",
  pdf: "pdf",
  docx: "document",
  doc: "document",
  odt: "document",
  rtf: "document",
  encrypted_office: "document",
  xlsx: "sheet",
  xls: "sheet",
  ods: "sheet",
  pptx: "slides",
  ppt: "slides",
  odp: "slides",
  epub: "book",
  image: "image",
  archive: "other",
  audio: "other",
  video: "other",
  empty: "other",
  binary: "other",
};

/** By the ending of the name, for what the server has not been asked about. */
const GUESSED: readonly (readonly [RegExp, Kind])[] = [
  [/\.(png|jpe?g|gif|webp|avif|bmp|tiff?|heic)$/i, "image"],
  [/\.pdf$/i, "pdf"],
  [/\.(docx?|odt|rtf)$/i, "document"],
  [/\.(xlsx?|ods|csv|tsv)$/i, "sheet"],
  [/\.(pptx?|odp)$/i, "slides"],
  [/\.(txt|md|markdown|log)$/i, "text"],
  [/\.epub$/i, "book"],
  [/\.(eml|msg)$/i, "mail"],
  [
    /\.(c|cc|cpp|cs|css|go|h|hpp|html?|ipynb|java|jsx?|json|kt|lua|mjs|php|pl|py|r|rb|rs|scss|sh|sql|swift|toml|tsx?|vue|xml|ya?ml)$/i,
    "code",
  ],
];

/** `file` is undefined as long as nothing but the name is known. */
export function kindOf(file: Pick<FileOut, "kind"> | undefined, name: string): Kind {
  if (file !== undefined) return FOUND[file.kind];
  return GUESSED.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

/** Whether every browser draws it; other pictures are shown by what the server made of them. */
export function isDrawable(mimeType: string): boolean {
  return /^image\/(?:png|jpeg|gif|webp|avif)$/.test(mimeType);
}
