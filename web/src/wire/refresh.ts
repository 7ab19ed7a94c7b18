/**
 * Renews the sign-in once for all tabs. Refresh tokens are strictly one-time, so two tabs that both renew would end
 * the sign-in: a lock lets one in, and a time stamp tells the others that it is done.
 */
import { problemOf, unreachable } from "./problem";

const LOCK = "chatbox.refresh";
const RENEWED_AT = "chatbox.renewed-at";
const REFRESH_TIMEOUT_MS = 15_000;

let running: Promise<boolean> | undefined;

/**
 * Whether the caller is signed in afresh; throws a `Problem` when that could not be found out. `failedAt`: when the
 * request that was refused was sent (ms since epoch).
 */
export function renewSignIn(failedAt: number): Promise<boolean> {
  running ??= underLock(() => renewOnce(failedAt)).finally(() => {
    running = undefined;
  });
  return running;
}

async function renewOnce(failedAt: number): Promise<boolean> {
  if (renewedAt() >= failedAt) return true;
  const response = await fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
  }).catch((reason: unknown) => {
    throw unreachable(reason);
  });
  if (response.ok) remember(Date.now());
  if (!response.ok && response.status !== 401 && response.status !== 403) throw await problemOf(response);
  return response.ok;
}

function renewedAt(): number {
  try {
    return Number(localStorage.getItem(RENEWED_AT) ?? 0);
  } catch {
    return 0;
  }
}

function remember(moment: number): void {
  try {
    localStorage.setItem(RENEWED_AT, String(moment));
  } catch {
    // Without storage there is nothing to tell other tabs; the lock still keeps them one after the other.
  }
}

/** `navigator.locks` exists only on https and localhost; elsewhere a marker in localStorage stands in for it. */
async function underLock<Result>(work: () => Promise<Result>): Promise<Result> {
  if ("locks" in navigator) return await navigator.locks.request(LOCK, work);
  await markerTaken();
  try {
    return await work();
  } finally {
    localStorage.removeItem(LOCK);
  }
}

const MARKER_LIFE_MS = 20_000;
const MARKER_POLL_MS = 60;

async function markerTaken(): Promise<void> {
  const own = `${Date.now()}:${Math.random()}`;
  for (;;) {
    const holder = localStorage.getItem(LOCK);
    const since = Number(holder?.split(":")[0] ?? 0);
    if (holder === null || Date.now() - since > MARKER_LIFE_MS) {
      localStorage.setItem(LOCK, own);
      await pause(MARKER_POLL_MS);
      if (localStorage.getItem(LOCK) === own) return;
    }
    await pause(MARKER_POLL_MS);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
