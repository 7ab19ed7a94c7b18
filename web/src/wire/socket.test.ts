/** The stream heals itself, and goes on from the last event that was applied. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionSocket, type ConnectionState } from "./socket";
import type { ServerEvent } from "./types";

class FakeWebSocket {
  static made: FakeWebSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeWebSocket.made.push(this);
  }
  accept() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
}

function latest(): FakeWebSocket {
  const socket = FakeWebSocket.made.at(-1);
  if (socket === undefined) throw new Error("no socket was made");
  return socket;
}

function follow(more: { renew?: () => Promise<boolean> } = {}) {
  const seen = { events: [] as ServerEvent[], states: [] as ConnectionState[], gone: 0, signedOut: 0, seq: 7 };
  const socket = new SessionSocket({
    sessionId: "s",
    after: () => seen.seq,
    onEvent: (event) => seen.events.push(event),
    onState: (state) => seen.states.push(state),
    onGone: () => (seen.gone += 1),
    onSignedOut: () => (seen.signedOut += 1),
    WebSocketClass: FakeWebSocket as unknown as typeof WebSocket,
    ...more,
  });
  socket.open();
  return { socket, seen };
}

beforeEach(() => {
  FakeWebSocket.made = [];
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

afterEach(() => {
  vi.useRealTimers();
});

describe("SessionSocket", () => {
  it("asks for what comes after the last event, again at each connection", () => {
    const { socket, seen } = follow();
    expect(latest().url).toMatch(/^ws:\/\/.*\/ws\/sessions\/s\/stream\?after=7$/);
    latest().accept();
    seen.seq = 12;
    latest().drop();
    vi.advanceTimersByTime(600);
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(latest().url).toContain("after=12");
    socket.close();
  });

  it("waits longer after each failure, up to a limit", () => {
    const { socket } = follow();
    const waits: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      const before = FakeWebSocket.made.length;
      latest().drop();
      let waited = 0;
      for (; FakeWebSocket.made.length === before; waited += 100) vi.advanceTimersByTime(100);
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
    socket.close();
  });

  it("tries at once when the network comes back", () => {
    const { socket } = follow();
    latest().drop();
    dispatchEvent(new Event("online"));
    expect(FakeWebSocket.made).toHaveLength(2);
    socket.close();
  });

  it("is open again when the network comes back before the connection was lost", () => {
    const { socket, seen } = follow();
    latest().accept();
    dispatchEvent(new Event("offline"));
    expect(seen.states.at(-1)).toBe("offline");
    dispatchEvent(new Event("online"));
    expect(seen.states.at(-1)).toBe("open");
    expect(latest().sent).toEqual(['{"type":"ping"}']);
    expect(FakeWebSocket.made).toHaveLength(1);
    socket.close();
  });

  it("notices a peer that is silent", () => {
    const { socket, seen } = follow();
    latest().accept();
    vi.advanceTimersByTime(25_000);
    expect(latest().sent).toEqual(['{"type":"ping"}']);
    vi.advanceTimersByTime(10_000);
    expect(seen.states.at(-1)).toBe("waiting");
    socket.close();
  });

  it("stays with a peer that answers", () => {
    const { socket, seen } = follow();
    latest().accept();
    for (let minute = 0; minute < 10; minute += 1) {
      vi.advanceTimersByTime(25_000);
      latest().say({ type: "pong", data: {} });
    }
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(seen.states.at(-1)).toBe("open");
    expect(seen.events).toEqual([]);
    socket.close();
  });

  it("gives up a connection that does not open", () => {
    const { socket } = follow();
    vi.advanceTimersByTime(15_000 + 600);
    expect(FakeWebSocket.made).toHaveLength(2);
    socket.close();
  });

  it("ignores frames of types it does not know", () => {
    const { socket, seen } = follow();
    latest().accept();
    latest().say({ type: "from_the_future", seq: 8, data: {} });
    latest().say({ type: "stream_chunk", seq: 9, data: { message_id: "m", generation_id: "g", chunk: "x" } });
    expect(seen.events.map((event) => event.seq)).toEqual([9]);
    socket.close();
  });

  it("renews an ended sign-in once and goes on", async () => {
    const renew = vi.fn().mockResolvedValue(true);
    const { socket, seen } = follow({ renew });
    latest().drop(4401);
    await vi.advanceTimersByTimeAsync(0);
    expect(renew).toHaveBeenCalledOnce();
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(seen.signedOut).toBe(0);
    socket.close();
  });

  it("says so when the sign-in cannot be renewed", async () => {
    const { socket, seen } = follow({ renew: () => Promise.resolve(false) });
    latest().drop(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.signedOut).toBe(1);
    expect(FakeWebSocket.made).toHaveLength(1);
    socket.close();
  });

  it("does not come back to a session that is gone", () => {
    const { socket, seen } = follow();
    latest().drop(4404);
    vi.advanceTimersByTime(60_000);
    expect(seen.gone).toBe(1);
    expect(FakeWebSocket.made).toHaveLength(1);
    socket.close();
  });

  it("is silent after it was closed", () => {
    const { socket, seen } = follow();
    socket.close();
    latest().drop();
    vi.advanceTimersByTime(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(seen.states.at(-1)).toBe("closed");
  });
});
