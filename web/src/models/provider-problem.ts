/** Says in the page's language why a provider could not be asked, with the provider's own words behind it. */
import { serverText } from "@/i18n/server-text";
import type { ProviderProblem } from "./types";

export function problemText({ code, detail }: ProviderProblem): string {
  const text = serverText("errors", code, { detail });
  if (text === undefined) return detail === "" ? code : detail;
  return detail === "" || text.includes(detail) ? text : `${text} (${detail})`;
}
