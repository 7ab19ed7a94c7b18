/** What the chat's tests build their threads from. */
import { QueryClient } from "@tanstack/react-query";
import type { ConnectionState } from "@/wire/socket";
import type { MessageOut, ServerEvent } from "@/wire/types";
import { Feed } from "./feed";
import { threadKey } from "./keys";
import { EMPTY_THREAD, type Thread } from "./thread-data";

export const SESSION = "session";

export function message(id: string, parentId: string | null, more: Partial<MessageOut> = {}): MessageOut {
  return {
    id,
    session_id: SESSION,
    parent_id: parentId,
    role: "assistant",
    content_parts: [{ type: "text", text: `text of ${id}` }],
    model: null,
    status: "complete",
    usage: null,
    timestamp: "2026-01-01T00:00:00.000Z",
    finish_reason: "stop",
    sibling_ids: [id],
    generation_id: null,
    ...more,
  };
}

/** A path of that many messages, `m0` first, each below the one before. */
export function path(count: number): MessageOut[] {
  return Array.from({ length: count }, (_, index) =>
    message(`m${index}`, index === 0 ? null : `m${index - 1}`, { role: index % 2 === 0 ? "user" : "assistant" }),
  );
}

/** An answer that is still to come, with nothing in it. */
export const unfinished = (id: string, parentId: string, status: "queued" | "streaming" = "streaming") =>
  message(id, parentId, { status, content_parts: [], finish_reason: null, generation_id: "g" });

export function event(seq: number, type: ServerEvent["type"], data: object): ServerEvent {
  return { type, seq, data } as ServerEvent;
}

export const chunk = (seq: number, text: string, messageId = "answer") =>
  event(seq, "stream_chunk", { message_id: messageId, generation_id: "g", chunk: text });

export const created = (seq: number, created: MessageOut, clientId: string | null = null) =>
  event(seq, "message_created", { message: created, client_id: clientId });

export const ended = (seq: number, messageId = "answer") =>
  event(seq, "stream_end", {
    message_id: messageId,
    generation_id: "g",
    usage: null,
    status: "complete",
    finish_reason: "stop",
  });

export class FakeSocket {
  static latest: FakeSocket;
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.latest = this;
  }
  say(...events: ServerEvent[]) {
    for (const each of events) this.onmessage?.({ data: JSON.stringify(each) });
  }
  send() {
    return undefined;
  }
  close() {
    this.readyState = 3;
  }
}

/** A feed over `thread` whose socket the test speaks through. */
export function openFeed(thread: Thread, queryClient = new QueryClient()) {
  queryClient.setQueryData(threadKey(SESSION), thread);
  const states: ConnectionState[] = [];
  const feed = new Feed({
    sessionId: SESSION,
    queryClient,
    onState: (state) => states.push(state),
    onGone: () => undefined,
    onSignedOut: () => undefined,
    onRefused: () => undefined,
    WebSocketClass: FakeSocket as unknown as typeof WebSocket,
  });
  feed.open();
  const now = () => queryClient.getQueryData<Thread>(threadKey(SESSION)) ?? EMPTY_THREAD;
  return { feed, queryClient, states, now, ids: () => now().messages.map((each) => each.id) };
}
