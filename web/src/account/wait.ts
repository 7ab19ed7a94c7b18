/** Waiting out a refusal that says when to try again (status 429). */
import { useEffect, useState } from "react";
import { Problem } from "@/wire/api";

/**
 * The moment from which one may try again, in milliseconds since the epoch, until it has come; null when nothing is to
 * be waited for. `sentAt` is when the refused request was sent.
 */
export function useWait(error: Error | null, sentAt: number): number | null {
  const seconds = error instanceof Problem && error.status === 429 ? error.retryAfter : null;
  const until = seconds === null ? null : sentAt + seconds * 1000;
  const [over, setOver] = useState<number | null>(null);
  useEffect(() => {
    if (until === null) return;
    const timer = setTimeout(() => setOver(until), Math.max(0, until - Date.now()));
    return () => clearTimeout(timer);
  }, [until]);
  return until === over ? null : until;
}
