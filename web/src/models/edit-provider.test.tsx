/** Changing a provider without losing or leaking its key. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import { EditProvider } from "./edit-provider";
import { PROVIDER } from "./test-provider";

async function edit() {
  const sent = serveAnswers({ "PATCH /providers/p1": [200, PROVIDER] });
  await renderPage(<EditProvider provider={PROVIDER} onClose={() => undefined} mayShare={false} />);
  return sent;
}

test("an empty key field keeps the stored key", async () => {
  const sent = await edit();
  screen.getByText(/ends with …abcd/);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent.length).toBeGreaterThan(0));
  expect(sent[0]).toEqual({
    request: "PATCH /providers/p1",
    body: { name: "OpenAI", base_url: "https://api.openai.com/v1", model_names: [] },
  });
});

test("a new address warns that the stored key is removed", async () => {
  await edit();
  const address = screen.getByLabelText("Address");
  await userEvent.type(address, "/");
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.clear(address);
  await userEvent.type(address, "https://elsewhere.example");
  expect(screen.getByRole("alert").textContent).toContain("removed when you save");
});

test("an address that the server refuses is told beside the field", async () => {
  serveAnswers({ "PATCH /providers/p1": [422, { code: "bad_base_url", detail: "This is no web address." }] });
  await renderPage(<EditProvider provider={PROVIDER} onClose={() => undefined} mayShare={false} />);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByRole("textbox", { name: "Address", description: "This is no web address." });
});
