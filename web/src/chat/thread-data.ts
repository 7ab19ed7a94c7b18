/** What is known of a session's active path, and how events change it. Pure: the feed and the tests call it alike. */
import type { MessageOut, MessagePage } from "@/wire/types";

/** The loaded end of a path, oldest first. `seq` is the last event that it shows. */
export interface Thread {
  readonly messages: readonly MessageOut[];
  /** Leads to older messages; null when all are loaded. */
  readonly older: string | null;
  readonly seq: number;
}

export const EMPTY_THREAD: Thread = { messages: [], older: null, seq: 0 };

export function threadOf(page: MessagePage): Thread {
  return { messages: page.items, older: page.next_cursor, seq: page.seq };
}

/** Whether an answer is still to come or coming. */
export function isUnfinished(message: MessageOut): boolean {
  return message.status === "streaming" || message.status === "queued";
}

/**
 * Puts a message under its parent; what stood there before and below leaves the path, because a new message makes its
 * branch the active one. Undefined when its place is not loaded and the path must be read again.
 */
export function placed(thread: Thread, message: MessageOut): Thread | undefined {
  const { messages } = thread;
  const known = indexOf(messages, message.id);
  if (known >= 0) return { ...thread, messages: messages.with(known, message) };
  if (message.parent_id === null) return { ...thread, messages: [message], older: null };
  const parent = indexOf(messages, message.parent_id);
  if (parent < 0) return undefined;
  return { ...thread, messages: [...messages.slice(0, parent + 1), message] };
}

/** As `placed`, but what is known already stays: an answer to a request may come after the stream told more. */
export function placedIfNew(thread: Thread, message: MessageOut): Thread | undefined {
  return indexOf(thread.messages, message.id) >= 0 ? thread : placed(thread, message);
}

/** The message with what its events made of it. */
export function withTurn(thread: Thread, messageId: string, turn: Partial<MessageOut>): Thread {
  const index = indexOf(thread.messages, messageId);
  const message = thread.messages[index];
  return message === undefined ? thread : { ...thread, messages: thread.messages.with(index, { ...message, ...turn }) };
}

/** The path without messages that were deleted; with one goes everything below it. */
export function without(thread: Thread, deletedIds: readonly string[]): Thread {
  if (deletedIds.length === 0) return thread;
  const deleted = new Set(deletedIds);
  const first = thread.messages.findIndex((message) => deleted.has(message.id));
  const messages = (first < 0 ? thread.messages : thread.messages.slice(0, first)).map((message) =>
    message.sibling_ids.some((id) => deleted.has(id))
      ? { ...message, sibling_ids: message.sibling_ids.filter((id) => !deleted.has(id)) }
      : message,
  );
  return { ...thread, messages };
}

/** Older messages before the loaded ones; what is there already is not repeated. */
export function withOlder(thread: Thread, page: MessagePage): Thread {
  const loaded = new Set(thread.messages.map((message) => message.id));
  const fresh = page.items.filter((message) => !loaded.has(message.id));
  return { ...thread, messages: [...fresh, ...thread.messages], older: page.next_cursor };
}

/** Searched from the end, where nearly everything happens. */
function indexOf(messages: readonly MessageOut[], id: string): number {
  return messages.findLastIndex((message) => message.id === id);
}
