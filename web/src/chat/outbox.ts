/** What was sent and is not yet in the stream: shown at once, kept with its reason when it failed. */
import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { api, Problem } from "@/wire/api";
import type { AttachedPart, MessageOut } from "@/wire/types";
import { threadKey } from "./keys";
import { placedIfNew, type Thread } from "./thread-data";

export interface Sending {
  readonly clientId: string;
  readonly sessionId: string;
  readonly text: string;
  readonly files: readonly AttachedPart[];
  readonly model: string | null;
  readonly failure: unknown;
}

interface Outbox {
  items: readonly Sending[];
}

export const useOutbox = create<Outbox>()(() => ({ items: [] }));

/** What the server made of a request: a new message, an answer to come, or both. */
export interface Sent {
  readonly message: MessageOut | null;
  readonly answer: MessageOut | null;
}

const MOST_TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;

/** Sends a message; the same key is used for every try, so that the server makes one message of them. */
export async function sendMessage(
  queryClient: QueryClient,
  sending: Pick<Sending, "sessionId" | "text" | "files" | "model">,
): Promise<void> {
  const item: Sending = { ...sending, clientId: newKey(), failure: null };
  useOutbox.setState(({ items }) => ({ items: [...items, item] }));
  await deliver(queryClient, item);
}

/** Tries once more what had failed. */
export async function sendAgain(queryClient: QueryClient, item: Sending): Promise<void> {
  change(item.clientId, { failure: null });
  await deliver(queryClient, item);
}

/** Takes away what the stream has brought, or what its writer gave up. */
export function forgetSent(clientIds: readonly string[]): void {
  if (clientIds.length === 0) return;
  useOutbox.setState(({ items }) => ({ items: items.filter((item) => !clientIds.includes(item.clientId)) }));
}

async function deliver(queryClient: QueryClient, item: Sending): Promise<void> {
  try {
    const sent = await post(item);
    receiveSent(queryClient, item.sessionId, sent);
    forgetSent([item.clientId]);
  } catch (failure) {
    change(item.clientId, { failure });
  }
}

/** What a message is sent as; its words come after its files. */
export function bodyOf(text: string, files: readonly AttachedPart[]) {
  return files.length === 0 ? { message: text } : { message: text, content_parts: files };
}

async function post(item: Sending): Promise<Sent> {
  const body = { ...bodyOf(item.text, item.files), model: item.model, client_id: item.clientId };
  for (let tries = 1; ; tries += 1) {
    try {
      return await api.post<Sent>(`/sessions/${item.sessionId}/messages`, body);
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.status !== 0 || tries === MOST_TRIES) throw failure;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS * tries));
  }
}

/** Shows what a request made, in case the stream has not told it yet. */
export function receiveSent(queryClient: QueryClient, sessionId: string, sent: Sent): void {
  queryClient.setQueryData<Thread>(threadKey(sessionId), (thread) => {
    const fresh = [sent.message, sent.answer].filter((message) => message !== null);
    return fresh.reduce((now, message) => now && (placedIfNew(now, message) ?? now), thread);
  });
}

function change(clientId: string, to: Partial<Sending>): void {
  useOutbox.setState(({ items }) => ({
    items: items.map((item) => (item.clientId === clientId ? { ...item, ...to } : item)),
  }));
}

/** A key of 128 random bits; `crypto.randomUUID` exists only on https and localhost. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
