/** Events reach the cache and the live store, once, whole and in order. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MessageOut } from "@/wire/types";
import { useLive } from "./live";
import { useOutbox } from "./outbox";
import { chunk, created, ended, event, FakeSocket, message, openFeed, path, SESSION, unfinished } from "./test-thread";

const frame = () => vi.advanceTimersByTimeAsync(300);
const liveText = (id = "answer") => useLive.getState().turns[id]?.content_parts;
const start = (seq: number, parts: object[] = []) =>
  event(seq, "stream_start", { message_id: "answer", generation_id: "g", model: "m", content_parts: parts });

function answerWith(page: { items: MessageOut[]; seq: number }) {
  const fetched = vi.fn(() => Promise.resolve(Response.json({ ...page, next_cursor: null })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

const opened: { close: () => void }[] = [];
function open(...args: Parameters<typeof openFeed>) {
  const all = openFeed(...args);
  opened.push(all.feed);
  return all;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const feed of opened.splice(0)) feed.close();
  vi.useRealTimers();
});

const thread = (count: number, seq = 10) => ({ messages: path(count), older: null, seq });

describe("Feed", () => {
  it("brings an answer from its first event to the settled message", async () => {
    const { now, ids } = open(thread(1));
    FakeSocket.latest.say(created(11, unfinished("answer", "m0")), start(12), chunk(13, "Hel"), chunk(14, "lo"));
    await frame();
    expect(ids()).toEqual(["m0", "answer"]);
    expect(liveText()).toEqual([{ type: "text", text: "Hello" }]);
    FakeSocket.latest.say(ended(15));
    await frame();
    expect(now().messages.at(-1)).toMatchObject({
      status: "complete",
      content_parts: [{ type: "text", text: "Hello" }],
    });
    expect(useLive.getState().turns).toEqual({});
  });

  it("ignores events that it has applied", async () => {
    open({ messages: [...path(1), unfinished("answer", "m0")], older: null, seq: 10 });
    FakeSocket.latest.say(chunk(11, "once"), chunk(11, "once"), chunk(10, "old"));
    await frame();
    expect(liveText()).toEqual([{ type: "text", text: "once" }]);
  });

  it("changes the stores once a frame, however many events came", async () => {
    open({ messages: [...path(1), unfinished("answer", "m0")], older: null, seq: 0 });
    const changed = vi.fn();
    const stop = useLive.subscribe(changed);
    FakeSocket.latest.say(...Array.from({ length: 500 }, (_, index) => chunk(index + 1, "x")));
    await frame();
    stop();
    expect(changed).toHaveBeenCalledOnce();
    expect(liveText()).toEqual([{ type: "text", text: "x".repeat(500) }]);
  });

  it("takes the place of what was shown at once when the stream brings it", async () => {
    const { ids } = open(thread(2));
    const sending = { clientId: "key", sessionId: SESSION, text: "Hi", files: [], model: null, failure: null };
    useOutbox.setState({ items: [sending] });
    FakeSocket.latest.say(created(11, message("m2", "m1", { role: "user" }), "key"));
    await frame();
    expect(useOutbox.getState().items).toEqual([]);
    expect(ids()).toEqual(["m0", "m1", "m2"]);
  });

  it("follows a new branch from where it leaves the path", async () => {
    const { ids } = open(thread(4));
    FakeSocket.latest.say(created(11, unfinished("answer", "m0", "queued")));
    await frame();
    expect(ids()).toEqual(["m0", "answer"]);
  });

  it("shows the place of an answer that waits", async () => {
    open({ messages: [...path(1), unfinished("answer", "m0", "queued")], older: null, seq: 10 });
    FakeSocket.latest.say(
      event(11, "session_updated", { session: null, waiting: { message_id: "answer", position: 2 }, deleted_ids: [] }),
    );
    await frame();
    expect(useLive.getState().places).toEqual({ answer: 2 });
    FakeSocket.latest.say(start(12));
    await frame();
    expect(useLive.getState().places).toEqual({});
  });

  it("takes deleted messages and what hangs on them away", async () => {
    const { ids } = open(thread(4));
    FakeSocket.latest.say(event(11, "session_updated", { session: null, waiting: null, deleted_ids: ["m2"] }));
    await frame();
    expect(ids()).toEqual(["m0", "m1"]);
  });

  it("reads the thread anew after a reset and goes on from there", async () => {
    answerWith({ items: [...path(2), unfinished("answer", "m1")], seq: 40 });
    const { ids } = open(thread(1));
    FakeSocket.latest.say(event(40, "reset", { seq: 40 }), chunk(41, "after"));
    await frame();
    await frame();
    expect(ids()).toEqual(["m0", "m1", "answer"]);
    expect(liveText()).toEqual([{ type: "text", text: "after" }]);
  });

  it("keeps events that come while it reads and drops those that the page shows", async () => {
    let finish: (response: Response) => void = () => undefined;
    vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (finish = resolve)));
    const { feed } = open(thread(1));
    const reload = feed.reload();
    FakeSocket.latest.say(chunk(20, "shown"), chunk(21, "new"));
    const items = [...path(1), { ...unfinished("answer", "m0"), content_parts: [{ type: "text", text: "shown " }] }];
    finish(Response.json({ items, next_cursor: null, seq: 20 }));
    await reload;
    await frame();
    expect(liveText()).toEqual([{ type: "text", text: "shown new" }]);
  });

  it("leaves in the cache what a later visit goes on from", async () => {
    const { feed, now, queryClient } = open({
      messages: [...path(1), unfinished("answer", "m0")],
      older: null,
      seq: 10,
    });
    FakeSocket.latest.say(chunk(11, "half"));
    await frame();
    feed.close();
    expect(now()).toMatchObject({ seq: 11 });
    const again = open(now(), queryClient);
    expect(FakeSocket.latest.url).toContain("after=11");
    FakeSocket.latest.say(chunk(12, " and half"), ended(13));
    await frame();
    expect(again.now().messages.at(-1)?.content_parts).toEqual([{ type: "text", text: "half and half" }]);
  });

  it("reads the path again when another tab switched to another branch", async () => {
    const fetched = answerWith({ items: path(1), seq: 11 });
    const { ids } = open(thread(3));
    FakeSocket.latest.say(
      event(11, "session_updated", {
        session: { id: SESSION, active_leaf_id: "m0", pinned: false, archived: false },
        waiting: null,
        deleted_ids: [],
      }),
    );
    await frame();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fetched).toHaveBeenCalledOnce();
    expect(ids()).toEqual(["m0"]);
  });

  it("does not take a message that was just made for a switch of branches", async () => {
    const fetched = answerWith({ items: [], seq: 0 });
    const { ids } = open(thread(2));
    const session = { id: SESSION, active_leaf_id: "m1", pinned: false, archived: false };
    FakeSocket.latest.say(event(11, "session_updated", { session, waiting: null, deleted_ids: [] }));
    await frame();
    FakeSocket.latest.say(created(12, message("m2", "m1", { role: "user" })));
    await frame();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fetched).not.toHaveBeenCalled();
    expect(ids()).toEqual(["m0", "m1", "m2"]);
  });
});
