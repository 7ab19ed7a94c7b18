/** Long texts in pieces: each piece can be shown by itself, and nothing is lost. */
import { describe, expect, it } from "vitest";
import { piecesOf } from "./text-pieces";

const texts = (ranges: string[], isWhole = true) => piecesOf(ranges, isWhole).map((piece) => piece.text);

describe("a text in ranges", () => {
  it("is cut at the ends of lines", () => {
    expect(texts(["one\ntw", "o\nthree"])).toEqual(["one", "two\nthree"]);
  });

  it("keeps back the line that goes on in a range to come", () => {
    expect(texts(["one\ntw"], false)).toEqual(["one"]);
  });

  it("shows a line that is longer than a range", () => {
    expect(texts(["aaaa", "bbbb"], false)).toEqual(["aaaa", "bbbb"]);
  });

  it("repeats the head of a table that goes on", () => {
    const head = "| a | b |\n| --- | --- |";
    expect(texts([`${head}\n| 1 | 2 |\n| 3 `, "| 4 |\n| 5 | 6 |"])).toEqual([
      `${head}\n| 1 | 2 |`,
      `${head}\n| 3 | 4 |\n| 5 | 6 |`,
    ]);
  });

  it("does not repeat the head of a table that has ended", () => {
    expect(texts(["| a |\n| - |\n| 1 |\n\nwords\n", "more"])).toEqual(["| a |\n| - |\n| 1 |\n\nwords", "more"]);
  });

  it("fences code that goes on again, in its language", () => {
    const pieces = piecesOf(["```python\nx = 1\ny", " = 2\n```\nend"], true);
    expect(pieces).toEqual([
      { text: "```python\nx = 1\n```", isSameCode: false },
      { text: "```python\ny = 2\n```\nend", isSameCode: true },
    ]);
  });

  it("takes no shorter fence within code for its end", () => {
    expect(texts(["````md\n```\ninside\n", "```\n````"])).toEqual(["````md\n```\ninside\n````", "````md\n```\n````"]);
  });
});
