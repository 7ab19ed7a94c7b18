/** What of a clipboard becomes a file. */
import { expect, test } from "vitest";
import { pastedFiles, pastedText } from "./paste";

function clipboard(texts: Record<string, string>, files: File[] = []): DataTransfer {
  return {
    types: [...Object.keys(texts), ...(files.length > 0 ? ["Files"] : [])],
    files,
    getData: (type: string) => texts[type] ?? "",
  } as unknown as DataTransfer;
}

const picture = new File(["x"], "image.png", { type: "image/png" });

test("a screenshot becomes a picture with a name of its own", () => {
  expect(pastedFiles(clipboard({}, [picture])).map((file) => file.name)).toEqual(["pasted-image.png"]);
});

test("a picture that was copied from a page is taken, though it brings its address", () => {
  expect(pastedFiles(clipboard({ "text/html": "<img>" }, [picture]))).toHaveLength(1);
});

test("words from a word processor stay words, though they bring a picture of themselves", () => {
  expect(pastedFiles(clipboard({ "text/html": "<b>hi</b>", "text/plain": "hi" }, [picture]))).toEqual([]);
});

test("files that were copied keep their names", () => {
  const files = [new File(["x"], "report.pdf")];
  expect(pastedFiles(clipboard({ "text/plain": "report.pdf" }, files)).map((file) => file.name)).toEqual([
    "report.pdf",
  ]);
});

test("only a long text becomes a file", () => {
  expect(pastedText(clipboard({ "text/plain": "short" }))).toBeUndefined();
  expect(pastedText(clipboard({ "text/plain": "x".repeat(20_000) }))).toHaveLength(20_000);
});
