/** Groups chats by the day they were last used: today, yesterday, the last seven days, then by month. */
import type { SessionOut } from "@/wire/types";

export type Period = "pinned" | "today" | "yesterday" | "lastWeek" | { year: number; month: number };

export interface Group {
  readonly period: Period;
  readonly items: readonly SessionOut[];
}

/** `sessions` come newest first and stay so; days are those of the reader's clock. */
export function groupByDay(sessions: readonly SessionOut[], now: Date): Group[] {
  const groups: { period: Period; items: SessionOut[] }[] = [];
  for (const session of sessions) {
    const period = periodOf(new Date(session.updated_at), now);
    const last = groups.at(-1);
    if (last !== undefined && isSame(last.period, period)) last.items.push(session);
    else groups.push({ period, items: [session] });
  }
  return groups;
}

function periodOf(moment: Date, now: Date): Period {
  if (moment >= daysBefore(now, 0)) return "today";
  if (moment >= daysBefore(now, 1)) return "yesterday";
  if (moment >= daysBefore(now, 7)) return "lastWeek";
  return { year: moment.getFullYear(), month: moment.getMonth() };
}

/** Midnight that many days ago; the calendar counts, so that a day of 23 hours is a day. */
function daysBefore(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

function isSame(one: Period, other: Period): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.year === other.year && one.month === other.month;
}
