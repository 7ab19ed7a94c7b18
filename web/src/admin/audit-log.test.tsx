/** The audit log in words. */
import { screen } from "@testing-library/react";
import { test } from "vitest";
import { renderPage, serveAnswers } from "@/test-page";
import { AuditLog } from "./audit-log";
import type { AuditEntry } from "./types";

async function expectSentence(entry: Partial<AuditEntry>, sentence: string) {
  const whole = {
    id: "1",
    created_at: "2026-01-01T00:00:00.000Z",
    actor_id: null,
    address: null,
    details: {},
    ...entry,
  };
  serveAnswers({ "GET /admin/audit-log": [200, { items: [whole], next_cursor: null }] });
  await renderPage(<AuditLog />);
  await screen.findByText(sentence);
}

test("a deed is told with who did it and to whom", () =>
  expectSentence(
    { action: "user_role_changed", actor: "ada@x.org", target: "bob@x.org", details: { role: "admin" } },
    "ada@x.org made bob@x.org an administrator",
  ));

test("a refused sign-in is told with its reason", () =>
  expectSentence(
    { action: "sign_in_refused", actor: null, target: "bob@x.org", details: { reason: "wrong_password" } },
    "Sign-in of bob@x.org refused: wrong password",
  ));

test("an action that the page does not know is told by its name", () =>
  expectSentence({ action: "moon_painted", actor: "ada@x.org", target: null }, "ada@x.org: moon_painted"));

test("limits that were chosen or given back are told with their size", async () => {
  const deed = { action: "settings_changed", actor: "ada@x.org", target: null };
  await expectSentence({ ...deed, details: { upload_limit_mb: "1024" } }, "ada@x.org set the largest file to 1024 MB");
  await expectSentence(
    { ...deed, details: { file_quota_mb: "default" } },
    "ada@x.org left the room for all files of one person to the server's settings",
  );
});
