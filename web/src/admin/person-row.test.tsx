/** What an administrator can do about a person. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import type { User } from "@/wire/types";
import { PersonRow } from "./person-row";

const BOB: User = {
  id: "b",
  email: "bob@example.org",
  name: "Bob",
  role: "user",
  status: "active",
  language: null,
  created_at: "2026-01-01T00:00:00.000Z",
};

async function pick(item: string) {
  await userEvent.click(screen.getByRole("button", { name: "Actions for Bob" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
}

test("a person is deleted only after a question that says what goes", async () => {
  const sent = serveAnswers({ "DELETE /admin/users/b": [204, null] });
  await renderPage(<PersonRow person={BOB} isMe={false} />);
  await pick("Delete");
  const question = await screen.findByRole("alertdialog");
  expect(question.textContent).toContain("bob@example.org");
  expect(sent).toEqual([]);
  await userEvent.click(within(question).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(sent[0]?.request).toBe("DELETE /admin/users/b"));
});

test("a refusal is told in the server's words", async () => {
  serveAnswers({ "PATCH /admin/users/b": [409, { code: "last_admin", detail: "The only administrator." }] });
  await renderPage(<PersonRow person={{ ...BOB, role: "admin" }} isMe={false} />);
  await pick("No longer an administrator");
  await screen.findByText("The only administrator.");
});

test("nobody is offered to lock themselves out", async () => {
  await renderPage(<PersonRow person={BOB} isMe />);
  expect(screen.queryByRole("button", { name: "Actions for Bob" })).toBeNull();
});
