/** Signing in: what a person is told, and where they land. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers, type Answer } from "@/test-page";
import { SignInForm } from "./sign-in-form";

const ADA = { id: "1", email: "ada@example.org", name: "Ada", role: "user", status: "active", language: null };

async function signInWith(answer: Answer) {
  const sent = serveAnswers({ "POST /auth/login": answer });
  const page = await renderPage(<SignInForm from="/account" />, "/sign-in");
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  return { ...page, sent };
}

test("signing in returns to the page that asked for it", async () => {
  const { router, sent } = await signInWith([200, { user: ADA }]);
  await waitFor(() => expect(router.history.location.pathname).toBe("/account"));
  expect(sent).toEqual([
    { request: "POST /auth/login", body: { email: "ada@example.org", password: "correct horse" } },
  ]);
});

test("a refused sign-in is told in the server's words", async () => {
  await signInWith([401, { code: "wrong_credentials", detail: "The password is not right." }]);
  expect((await screen.findByRole("alert")).textContent).toBe("The password is not right.");
});

test("what the server says about a field stands beside it, and the focus goes there", async () => {
  const errors = [{ field: "body.email", code: "email_invalid", detail: "This is not an e-mail address." }];
  await signInWith([422, { code: "invalid_request", detail: "Check the form.", errors }]);
  const field = await screen.findByRole("textbox", { name: "E-mail", description: "This is not an e-mail address." });
  expect(document.activeElement).toBe(field);
  expect(screen.queryByText("Check the form.")).toBeNull();
});

test("after too many attempts it says when to try again, and waits", async () => {
  await signInWith([429, { code: "too_many_attempts", detail: "Wait 300 seconds." }, { "retry-after": "300" }]);
  expect((await screen.findByRole("alert")).textContent).toMatch(/You can try again at \d/);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sign in" }).disabled).toBe(true);
});

test("an empty form is refused without asking the server", async () => {
  const sent = serveAnswers({});
  await renderPage(<SignInForm from={undefined} />, "/sign-in");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("textbox", { name: "E-mail", description: "Enter your e-mail address" });
  expect(sent).toEqual([]);
});
