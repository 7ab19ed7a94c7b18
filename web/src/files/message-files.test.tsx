/** The files of a message, and what is left of those that are gone. */
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import { MessageFiles } from "./message-files";
import { usePreview } from "./preview-state";
import { fileOut, ID } from "./test-files";

const GONE = [404, { code: "file_not_found", detail: "Gone." }] as const;
const FILE = { type: "file", fileId: ID, filename: "report.pdf" } as const;
const PICTURE = { type: "image", image: ID, filename: "photo.png" } as const;

test("a card tells the kind and the size, and opens the preview", async () => {
  serveAnswers({ [`GET /files/${ID}`]: [200, fileOut()] });
  await renderPage(<MessageFiles parts={[FILE]} isOwn />);
  await screen.findByText("PDF · 4 kB");
  screen.getByRole("button", { name: /report\.pdf/ }).click();
  expect(usePreview.getState().files).toEqual([{ id: ID, name: "report.pdf" }]);
});

test("a card tells how far a file is read", async () => {
  const reading = fileOut({ status: "reading", progress: { done: 3, of: 12 } });
  serveAnswers({ [`GET /files/${ID}`]: [200, reading] });
  await renderPage(<MessageFiles parts={[FILE]} isOwn />);
  await screen.findByText("PDF · Reading page 3 of 12");
});

test("a picture is shown by its small view, with its name for those who do not see it", async () => {
  const photo = fileOut({ filename: "photo.png", mime_type: "image/png", kind: "image" });
  serveAnswers({ [`GET /files/${ID}`]: [200, photo] });
  await renderPage(<MessageFiles parts={[PICTURE]} isOwn />);
  const picture = await screen.findByRole("img", { name: "photo.png" });
  expect(picture.getAttribute("src")).toBe(`/api/v1/files/${ID}/content?view=1`);
});

test("a file that was deleted leaves a note", async () => {
  serveAnswers({ [`GET /files/${ID}`]: GONE });
  await renderPage(<MessageFiles parts={[FILE, PICTURE]} isOwn />);
  expect(await screen.findAllByText(/This file was deleted/)).toHaveLength(2);
  expect(screen.queryByRole("button")).toBeNull();
});
