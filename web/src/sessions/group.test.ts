/** Chats stand under the right day. */
import { describe, expect, it } from "vitest";
import type { SessionOut } from "@/wire/types";
import { groupByDay } from "./group";

const NOW = new Date(2026, 2, 15, 10, 30);

function usedAt(...date: [number, number, number, number?, number?]): SessionOut {
  const [year, month, day, hour = 12, minute = 0] = date;
  const moment = new Date(year, month, day, hour, minute).toISOString();
  return { id: moment, name: moment, updated_at: moment } as SessionOut;
}

const periodsOf = (...sessions: SessionOut[]) => groupByDay(sessions, NOW).map((group) => group.period);

describe("groupByDay", () => {
  it("starts a day at the reader's midnight", () => {
    expect(periodsOf(usedAt(2026, 2, 15, 0, 0), usedAt(2026, 2, 14, 23, 59))).toEqual(["today", "yesterday"]);
  });

  it("counts seven days back, then goes by month", () => {
    expect(periodsOf(usedAt(2026, 2, 8), usedAt(2026, 2, 7), usedAt(2026, 1, 28), usedAt(2025, 2, 10))).toEqual([
      "lastWeek",
      { year: 2026, month: 2 },
      { year: 2026, month: 1 },
      { year: 2025, month: 2 },
    ]);
  });

  it("keeps the chats of one period together and in order", () => {
    const [first, second] = [usedAt(2026, 2, 15, 9), usedAt(2026, 2, 15, 8)];
    expect(groupByDay([first, second], NOW)).toEqual([{ period: "today", items: [first, second] }]);
  });

  it("takes a clock that runs behind for today", () => {
    expect(periodsOf(usedAt(2026, 2, 16))).toEqual(["today"]);
  });
});
