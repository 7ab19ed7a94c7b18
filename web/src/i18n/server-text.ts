/** The server's own texts (`errors.<code>`, `notes.<code>`), from the files that the server speaks from. */
import i18next from "i18next";
import { Problem } from "@/wire/api";
import type { Params } from "@/wire/types";

/** The text of a code with its `{places}` filled, or undefined when this page does not know the code. */
export function serverText(group: "errors" | "notes", code: string, params: Params = {}): string | undefined {
  const text: unknown = i18next.getResource(i18next.language, "server", `${group}.${code}`);
  if (typeof text !== "string") return undefined;
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(params[name] ?? place));
}

/** What to tell a person about anything that was thrown. */
export function failureText(failure: unknown): string {
  const { t } = i18next;
  if (!(failure instanceof Problem)) return t(($) => $.app.failed);
  if (failure.code === "unreachable") return t(($) => $.app.unreachable);
  if (failure.code === "timeout") return t(($) => $.app.timedOut);
  return failure.detail || (serverText("errors", failure.code, failure.params) ?? t(($) => $.app.failed));
}
