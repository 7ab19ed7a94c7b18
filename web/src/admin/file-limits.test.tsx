/** The limits of files, as an administrator fills them in. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers, type Answer } from "@/test-page";
import { FileLimits } from "./file-limits";
import type { ServerSettings } from "./types";

const CHOSEN: ServerSettings = {
  registration_open: true,
  upload_limit_mb: 100,
  file_quota_mb: null,
  defaults: { upload_limit_mb: 10, file_quota_mb: 1000 },
};

async function fill(answer: Answer, upload: string, quota: string) {
  const sent = serveAnswers({ "GET /admin/settings": [200, CHOSEN], "PATCH /admin/settings": answer });
  await renderPage(<FileLimits />);
  const [one, all] = [await screen.findByLabelText("Largest file, in MB"), screen.getByLabelText(/All files/)];
  expect([one, all].map((field) => (field as HTMLInputElement).value)).toEqual(["100", ""]);
  await userEvent.clear(one);
  if (upload !== "") await userEvent.type(one, upload);
  if (quota !== "") await userEvent.type(all, quota);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  return () => sent.find(({ request }) => request.startsWith("PATCH"))?.body;
}

test("what is chosen is sent, and an empty field goes back to the server's settings", async () => {
  const patch = await fill([200, { ...CHOSEN, upload_limit_mb: null, file_quota_mb: 2048 }], "", "2048");
  await screen.findByText("The limits are saved.");
  expect(patch()).toEqual({ upload_limit_mb: null, file_quota_mb: 2048 });
  screen.getByText("When empty: 1000 MB, as the server was started.");
});

test("what is no number is refused beside its field, without asking the server", async () => {
  const patch = await fill([500, null], "ten", "0");
  await waitFor(() => expect(screen.getAllByText("Enter a whole number, 1 or more.")).toHaveLength(2));
  expect(document.activeElement).toBe(screen.getByLabelText("Largest file, in MB"));
  expect(patch()).toBeUndefined();
});

test("the server's refusal is told beside the field that it is about", async () => {
  await fill([422, { code: "file_limit_over_quota", detail: "Larger than all together." }], "5000", "");
  const field = await screen.findByLabelText("Largest file, in MB");
  await waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
  screen.getByText("Larger than all together.");
});
