/** A provider's card: its state, its test, and what others may not do. */
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import { ProviderCard } from "./provider-card";
import { PROVIDER } from "./test-provider";

test("a test that works says how many models there are", async () => {
  const answer = { ok: true, models_count: 34, latency_ms: 210, error: null };
  serveAnswers({ "POST /providers/p1/test": [200, answer] });
  await renderPage(<ProviderCard provider={PROVIDER} onEdit={() => undefined} />);
  await userEvent.click(screen.getByRole("button", { name: "Test" }));
  await screen.findByText("It works: 34 models, answered in 210 ms.");
});

test("a test that fails says why, in place", async () => {
  const error = { code: "a_code_without_text", detail: "invalid key" };
  serveAnswers({ "POST /providers/p1/test": [200, { ok: false, models_count: 0, latency_ms: 90, error }] });
  await renderPage(<ProviderCard provider={PROVIDER} onEdit={() => undefined} />);
  await userEvent.click(screen.getByRole("button", { name: "Test" }));
  await screen.findByText("invalid key");
});

test("somebody else's provider can be seen but not touched", async () => {
  serveAnswers({});
  const shared = { ...PROVIDER, shared: true, is_mine: false, can_edit: false, base_url: null, key_hint: null };
  await renderPage(<ProviderCard provider={shared} onEdit={() => undefined} />);
  screen.getByText("For everybody");
  expect(screen.queryByRole("button", { name: "Test" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Change OpenAI" })).toBeNull();
});
