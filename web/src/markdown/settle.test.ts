/** Settling cuts a text without changing what it says. */
import fc from "fast-check";
import type { Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./parse";
import { leadingFence, NOTHING_SETTLED, settle } from "./settle";

const BLOCKS = [
  "A paragraph with **bold**, `code` and $x^2$.",
  "Two lines\nof one paragraph",
  "# Heading",
  "Setext\n======",
  "- one\n- two\n  - nested\n\n    more of nested\n- three",
  "1. first\n\n   ```js\n   let a = 1\n\n   let b\n   ```\n2. second",
  "- [ ] task\n- [x] done",
  "```python\ndef f():\n\n    return `x`\n```",
  "~~~\n```\nnot closed by the other mark\n\n~~~",
  "````md\n```\ninner\n```\n````",
  "> quote\n> - list\n>\n> more",
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "$$\na\n+ b\n\n= c\n$$",
  "\\[\n- x\n> y\n\\]",
  "Inline \\(a+b\\) and \\[c\\] and $5 and $10",
  "    indented\n\n    code",
  "---",
  "<div>\n\nhtml stays text\n\n</div>",
  "![image](data:image/png;base64,AA) [link](https://example.org)",
  "中文段落，**粗体**。",
  "***",
  "* a\n\n\n  b",
  "text\n```\nfence right after text\n```\ntext right after fence",
  "+ plus\n\n+ loose",
  " - one space\n\n - again",
];

const documents = fc
  .array(fc.tuple(fc.constantFrom(...BLOCKS), fc.constantFrom("\n\n", "\n\n\n", "\n")), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.map(([block, gap]) => block + gap).join(""));

/** The tree without positions. */
function bare(node: Nodes): unknown {
  const rest = { ...node, position: undefined };
  return "children" in node ? { ...rest, children: node.children.map(bare) } : rest;
}

const childrenOf = (text: string) => parseMarkdown(text).children.map(bare);

describe("settle", () => {
  it("gives pieces that parse to the same blocks as the whole, however the text was cut on its way", () => {
    fc.assert(
      fc.property(documents, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (text, steps) => {
        let settled = NOTHING_SETTLED;
        for (let end = 0; end < text.length;) {
          end = Math.min(text.length, end + (steps.next().value as number));
          settled = settle(settled, text.slice(0, end));
        }
        expect([...settled.pieces, settled.tail].join("")).toBe(text);
        expect([...settled.pieces, settled.tail].flatMap(childrenOf)).toEqual(childrenOf(text));
      }),
      { numRuns: 150 },
    );
  });

  it("never takes a settled piece back", () => {
    fc.assert(
      fc.property(documents, (text) => {
        let before = NOTHING_SETTLED;
        for (let end = 1; end <= text.length; end += 3) {
          const after = settle(before, text.slice(0, end));
          expect(after.pieces.slice(0, before.pieces.length)).toEqual(before.pieces);
          before = after;
        }
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the tail of a long answer short", () => {
    const text = "A paragraph.\n\n".repeat(2_000);
    let settled = NOTHING_SETTLED;
    for (let end = 0; end < text.length; end += 200) settled = settle(settled, text.slice(0, end));
    expect(settled.tail.length).toBeLessThan(300);
  });

  it("starts anew when the text is another one", () => {
    const first = settle(NOTHING_SETTLED, "one\n\ntwo\n\nthree\n\nfour");
    expect(settle(first, "new").pieces).toEqual([]);
  });

  it("leaves what stands before an open code block settled", () => {
    const { pieces, tail } = settle(NOTHING_SETTLED, "Look:\n\n```js\nlet a\n\nlet b\n\nlet c");
    expect(pieces).toEqual(["Look:\n\n"]);
    expect(leadingFence(tail)).toMatchObject({ language: "js", code: "let a\n\nlet b\n\nlet c", end: undefined });
  });
});
