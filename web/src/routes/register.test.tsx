/** Making an account: what the page says before anybody types. */
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import { RegisterPage } from "./register";

async function visit(standing: { registration_open: boolean; has_accounts: boolean }) {
  serveAnswers({ "GET /auth/status": [200, standing] });
  await renderPage(<RegisterPage />, "/register");
}

test("the first account is told that it becomes the administrator", async () => {
  await visit({ registration_open: true, has_accounts: false });
  await screen.findByText(/It becomes the administrator/);
  screen.getByRole("button", { name: "Create an account" });
});

test("closed registration says so and shows no form", async () => {
  await visit({ registration_open: false, has_accounts: true });
  await screen.findByText(/Registration is closed/);
  expect(screen.queryByLabelText("Password")).toBeNull();
});

test("when the server does not answer it offers to try again", async () => {
  serveAnswers({ "GET /auth/status": [400, { code: "invalid_request", detail: "Something is wrong." }] });
  await renderPage(<RegisterPage />, "/register");
  await screen.findByText("Something is wrong.");
  screen.getByRole("button", { name: "Try again" });
});
