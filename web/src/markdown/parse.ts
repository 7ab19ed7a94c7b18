/** Markdown to a tree: GFM and maths, no HTML (it stays visible as text). */
import type { Nodes as HastNodes } from "hast";
import type { Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toHast } from "mdast-util-to-hast";
import { gfm } from "micromark-extension-gfm";
import type { Extension } from "micromark-util-types";
import { mathsFromMarkdown, mathsSyntax } from "./maths-syntax";

const noHtml: Extension = { disable: { null: ["htmlFlow", "htmlText"] } };
const SYNTAX = { extensions: [gfm({ singleTilde: false }), mathsSyntax, noHtml] };
const TREE = { mdastExtensions: [gfmFromMarkdown(), mathsFromMarkdown] };

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, { ...SYNTAX, ...TREE });
}

/** The tree as HTML elements. `text` is what it was parsed from: it tells which code fences are closed. */
export function toElements(tree: Root, text: string): HastNodes {
  markOpenFences(tree, text);
  const elements = toHast(tree);
  withoutIds(elements);
  return elements;
}

/** Many messages stand in one page: ids, and the links to them that footnotes make, would meet each other. */
function withoutIds(node: HastNodes): void {
  if (!("children" in node)) return;
  node.children = node.children.filter((child) => child.type !== "element" || child.properties.id !== FOOTNOTE_TITLE);
  if (node.type === "element") {
    delete node.properties.id;
    delete node.properties.ariaDescribedBy;
  }
  for (const child of node.children) withoutIds(child);
}

/** A heading that `mdast-util-to-hast` puts above footnotes, in English only. */
const FOOTNOTE_TITLE = "footnote-label";

const CLOSING_FENCE = /(?:^|\n)[\s>]*(?:`{3,}|~{3,})[ \t]*$/;

/** Code whose fence is still open is not highlighted yet; indented code has no fence and counts as closed. */
function markOpenFences(node: Nodes, text: string): void {
  if (node.type === "code" && node.position !== undefined) {
    const source = text.slice(node.position.start.offset, node.position.end.offset);
    const isFenced = source.startsWith("```") || source.startsWith("~~~");
    const isOpen = isFenced && !CLOSING_FENCE.test(source.slice(source.indexOf("\n")));
    node.data = { ...node.data, hProperties: { dataOpen: isOpen && source.includes("\n") ? "true" : undefined } };
  }
  if ("children" in node) for (const child of node.children) markOpenFences(child, text);
}
