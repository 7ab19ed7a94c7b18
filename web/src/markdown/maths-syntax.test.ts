/** Which dollars and brackets are maths, and which are not. */
import type { Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./parse";

function mathsIn(text: string): string[] {
  const found: string[] = [];
  const walk = (node: Nodes) => {
    if (node.type === "maths") found.push(`${node.isBlock ? "block" : "inline"}:${node.value}`);
    if ("children" in node) node.children.forEach(walk);
  };
  walk(parseMarkdown(text));
  return found;
}

describe("maths", () => {
  it.each([
    ["$x^2$", ["inline:x^2"]],
    ["so \\(a_b*c*\\) holds", ["inline:a_b*c*"]],
    ["in text $$\\sum_i i$$ too", ["block:\\sum_i i"]],
    ["$$\na\n+ b\n\n= c\n$$\n\nafter", ["block:a\n+ b\n\n= c"]],
    ["\\[\nx > y\n\\]", ["block:x > y"]],
    ["\\[ x = 1 \\] and more", ["block:x = 1"]],
    ["- item\n\n  $$\n  a\n  $$\n", ["block:a"]],
    ["> $$\n> a\n> $$", ["block:a"]],
    ["$a \\$ b$", ["inline:a \\$ b"]],
  ])("is found in %j", (text, expected) => {
    expect(mathsIn(text)).toEqual(expected);
  });

  it.each([
    "$5 and $10",
    "costs $ 5 $",
    "`$x$`",
    "```\n$$\nx\n$$\n```",
    "\\$x$",
    "$$$x$$$",
    "\\(never closed",
    "a \\[b",
  ])("is not found in %j", (text) => {
    expect(mathsIn(text)).toEqual([]);
  });
});
