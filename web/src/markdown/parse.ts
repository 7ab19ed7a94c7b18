/** Markdown to a tree: GFM and maths, no HTML (it stays visible as text). */
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import type { Extension } from "micromark-util-types";
import { mathsFromMarkdown, mathsSyntax } from "./maths-syntax";

const noHtml: Extension = { disable: { null: ["htmlFlow", "htmlText"] } };
const SYNTAX = { extensions: [gfm({ singleTilde: false }), mathsSyntax, noHtml] };
const TREE = { mdastExtensions: [gfmFromMarkdown(), mathsFromMarkdown] };

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, { ...SYNTAX, ...TREE });
}
