/** Language and theme. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { changeLanguage } from "@/i18n/start";
import { renderPage, serveAnswers } from "@/test-page";
import type { User } from "@/wire/types";
import { Appearance } from "./appearance";

const ADA: User = {
  id: "1",
  email: "ada@example.org",
  name: "Ada",
  role: "user",
  status: "active",
  language: null,
  created_at: "2026-01-01T00:00:00.000Z",
};

afterEach(() => changeLanguage("en", { remember: false }));

async function choose(label: string, option: string) {
  const select = screen.getByRole("combobox", { name: label });
  select.focus();
  await userEvent.keyboard("{Enter}");
  await userEvent.click(await screen.findByRole("option", { name: option }));
}

test("choosing a language changes the page and the account", async () => {
  const sent = serveAnswers({ "PATCH /auth/me": [200, { ...ADA, language: "zh-CN" }] });
  await renderPage(<Appearance me={ADA} />);
  await choose("Language", "简体中文");
  await waitFor(() => expect(document.documentElement.lang).toBe("zh-CN"));
  screen.getByRole("heading", { name: "语言与主题" });
  expect(sent).toEqual([{ request: "PATCH /auth/me", body: { language: "zh-CN" } }]);
});

test("a language that the server did not take is taken back", async () => {
  serveAnswers({ "PATCH /auth/me": [503, { code: "store_unavailable", detail: "Try again soon." }] });
  await renderPage(<Appearance me={{ ...ADA, language: "en" }} />);
  await choose("Language", "简体中文");
  await screen.findByText("Try again soon.");
  await waitFor(() => expect(document.documentElement.lang).toBe("en"));
});

test("the theme is a matter of this browser alone", async () => {
  const sent = serveAnswers({});
  await renderPage(<Appearance me={ADA} />);
  await choose("Theme", "Dark");
  expect(document.documentElement.dataset.theme).toBe("dark");
  expect(sent).toEqual([]);
});
