/** Answers name files in brackets, each model in its own way. */
import { afterEach, describe, expect, it } from "vitest";
import { closePreview, usePreview } from "./preview-state";
import { sourcesOf } from "./sources";

const REPORT = { id: "1", name: "Report 2026, final.pdf" };
const CHINESE = { id: "2", name: "报告.pdf" };
const TABLE = { id: "3", name: 'the "prices".xlsx' };
const sources = sourcesOf([REPORT, CHINESE, TABLE]);

afterEach(closePreview);

describe("what stands in brackets", () => {
  it.each([
    ["Report 2026, final.pdf", REPORT, 1],
    ["Report 2026, final.pdf, page 3", REPORT, 3],
    ["report 2026, final.pdf, p. 12", REPORT, 12],
    ["Report 2026,  final.pdf, pages 3–4", REPORT, 3],
    ["报告.pdf，第2页", CHINESE, 2],
    ["报告.pdf、第 7 页", CHINESE, 7],
    ["the 'prices'.xlsx, sheet 2 (Fruit)", TABLE, 2],
    ["Report 2026, final.pdf, section “Results”", REPORT, 1],
    ["Report 2026, final.pdf, page 0", REPORT, 1],
  ])("opens the file at its place: %s", (words, file, page) => {
    sources.find(words)?.open();

    expect(usePreview.getState()).toEqual({ files: [file], index: 0, page });
  });

  it.each(["1", "final.pdf", "another.pdf, page 3", "", ",", " "])(
    "is left alone when it names no file: %s",
    (words) => {
      expect(sources.find(words)).toBeUndefined();
    },
  );

  it("means the newer of two files with one name", () => {
    sourcesOf([
      { id: "old", name: "a.pdf" },
      { id: "new", name: "a.pdf" },
    ])
      .find("a.pdf")
      ?.open();

    expect(usePreview.getState().files.map((file) => file.id)).toEqual(["new"]);
  });
});
