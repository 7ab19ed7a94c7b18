/** A chat's settings as a form holds them, and as the server wants them. */
import type { SessionOut, SessionPatch } from "@/wire/types";
import { numberIn, type Range } from "./number-field";

/** The limits that the server keeps. */
export const RANGES = {
  temperature: { least: 0, most: 2, isWhole: false },
  top_p: { least: 0, most: 1, isWhole: false },
  max_tokens: { least: 1, most: 1_000_000, isWhole: true },
  context_tokens: { least: 256, most: 10_000_000, isWhole: true },
} as const satisfies Record<string, Range>;

export type NumberName = keyof typeof RANGES;

export interface SettingsDraft extends Record<NumberName, string> {
  system_prompt: string;
  reasoning: "auto" | "off" | "low" | "medium" | "high";
}

export function draftOf({ system_prompt, settings }: SessionOut): SettingsDraft {
  const text = (number: number | null | undefined) => (number ?? "").toString();
  return {
    system_prompt: system_prompt ?? "",
    reasoning: settings.reasoning ?? "auto",
    temperature: text(settings.temperature),
    top_p: text(settings.top_p),
    max_tokens: text(settings.max_tokens),
    context_tokens: text(settings.context_tokens),
  };
}

/** What to send, or undefined while something in the form is wrong. */
export function patchOf(draft: SettingsDraft): SessionPatch | undefined {
  const temperature = numberIn(draft.temperature, RANGES.temperature);
  const top_p = numberIn(draft.top_p, RANGES.top_p);
  const max_tokens = numberIn(draft.max_tokens, RANGES.max_tokens);
  const context_tokens = numberIn(draft.context_tokens, RANGES.context_tokens);
  if ([temperature, top_p, max_tokens, context_tokens].includes(undefined)) return undefined;
  const reasoning = draft.reasoning === "auto" ? null : draft.reasoning;
  return {
    system_prompt: draft.system_prompt.trim() === "" ? null : draft.system_prompt,
    settings: {
      temperature: temperature ?? null,
      top_p: top_p ?? null,
      max_tokens: max_tokens ?? null,
      context_tokens: context_tokens ?? null,
      reasoning,
    },
  };
}
