/** Words are found wherever they stand in a thread. */
import { describe, expect, it } from "vitest";
import type { MessageOut } from "@/wire/types";
import { lastSentenceEnd } from "./announcer";
import { findMatches, rangesOf } from "./find";

const said = (text: string) => ({ content_parts: [{ type: "text", text }] }) as unknown as MessageOut;

describe("findMatches", () => {
  it("counts every occurrence, whatever its case", () => {
    const messages = [said("Rain and rain"), said("sun"), said("RAIN")];
    expect(findMatches(messages, "rain")).toEqual([
      { messageIndex: 0, occurrence: 0 },
      { messageIndex: 0, occurrence: 1 },
      { messageIndex: 2, occurrence: 0 },
    ]);
  });

  it("finds Chinese", () => {
    expect(findMatches([said("彩虹和彩虹")], "彩虹")).toHaveLength(2);
  });

  it("finds nothing for no words", () => {
    expect(findMatches([said("text")], "")).toEqual([]);
  });
});

describe("rangesOf", () => {
  it("gives the places in what is drawn", () => {
    const box = document.createElement("div");
    box.innerHTML = "<p>Rain, <b>rain</b></p>";
    expect(rangesOf(box, "RAIN").map(String)).toEqual(["Rain", "rain"]);
  });
});

describe("lastSentenceEnd", () => {
  it.each([
    ["One. Two", 4],
    ["3.14 is not an end", 0],
    ["第一句。第二", 4],
    ["Line\nnext", 5],
  ])("of %j is %i", (text, end) => {
    expect(lastSentenceEnd(text)).toBe(end);
  });
});
