/** API keys: made, shown once, deleted. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import type { User } from "@/wire/types";
import { ApiKeys } from "./api-keys";

const ADA: User = {
  id: "1",
  email: "ada@example.org",
  name: "Ada",
  role: "user",
  status: "active",
  language: null,
  created_at: "2026-01-01T00:00:00.000Z",
};

const ROW = {
  id: "k1",
  name: "Editor",
  prefix: "cb_ab12",
  scopes: ["read", "chat"],
  created_at: "2026-01-01T00:00:00.000Z",
  last_used_at: null,
  expires_at: null,
};

const SECRET = "cb_ab12-the-whole-secret";

async function makeKey() {
  const sent = serveAnswers({
    "GET /auth/api-keys": [200, { items: [ROW], next_cursor: null }],
    "POST /auth/api-keys": [201, { ...ROW, key: SECRET }],
    "DELETE /auth/api-keys/k1": [204, null],
  });
  const page = await renderPage(<ApiKeys me={ADA} />);
  await userEvent.click(screen.getByRole("button", { name: "New key" }));
  await userEvent.type(screen.getByLabelText("Name"), "Editor");
  await userEvent.click(screen.getByRole("button", { name: "Create the key" }));
  expect((await screen.findByLabelText<HTMLInputElement>("The new key")).value).toBe(SECRET);
  return { ...page, sent };
}

test("a new key is shown once and is gone when the dialog closes", async () => {
  const { queryClient } = await makeKey();
  await userEvent.click(screen.getByRole("button", { name: "I have copied it" }));
  expect(screen.queryByDisplayValue(SECRET)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "New key" }));
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("");
  const remembered = JSON.stringify([
    queryClient
      .getQueryCache()
      .getAll()
      .map((query) => query.state.data),
    queryClient
      .getMutationCache()
      .getAll()
      .map((mutation) => mutation.state.data),
  ]);
  expect(remembered).not.toContain(SECRET);
});

test("a key asks for the scopes that are ticked and for an end", async () => {
  const { sent } = await makeKey();
  const made = sent.find(({ request }) => request === "POST /auth/api-keys");
  expect(made?.body).toEqual({ name: "Editor", scopes: ["read", "chat"], expires_at: expect.any(String) as string });
});

test("only an administrator is offered the scope to administer", async () => {
  serveAnswers({ "GET /auth/api-keys": [200, { items: [], next_cursor: null }] });
  await renderPage(<ApiKeys me={ADA} />);
  await userEvent.click(screen.getByRole("button", { name: "New key" }));
  expect(screen.getAllByRole("checkbox")).toHaveLength(3);
  expect(screen.queryByRole("checkbox", { name: "Administer" })).toBeNull();
});

test("a key is deleted after a question", async () => {
  const { sent } = await makeKey();
  await userEvent.click(screen.getByRole("button", { name: "I have copied it" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the key “Editor”" }));
  await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(sent.map(({ request }) => request)).toContain("DELETE /auth/api-keys/k1"));
});
