/** Moments as people say them, in the page's language. All take RFC 3339 texts or milliseconds since the epoch. */
import { currentLanguage } from "./start";

type Moment = string | number;

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "21 Nov 2026" */
export function dayText(moment: Moment): string {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium" }).format(new Date(moment));
}

/** "21 Nov 2026, 14:05" */
export function momentText(moment: Moment): string {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(moment),
  );
}

/** "14:05:09" */
export function clockText(moment: Moment): string {
  return new Intl.DateTimeFormat(currentLanguage(), { timeStyle: "medium" }).format(new Date(moment));
}

/** "3 hours ago", "in 5 days"; "now" within a minute. `now` is in milliseconds since the epoch. */
export function agoText(moment: Moment, now: number = Date.now()): string {
  const seconds = (new Date(moment).getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(0, "second");
}
