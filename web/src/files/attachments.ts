/** What is attached to messages that are not sent yet, kept in this browser for each draft. Knows no network. */
import { create } from "zustand";
import { persist } from "zustand/middleware";

/** Why a file was not even tried. */
export type Refusal = "tooLarge" | "overQuota" | "empty";

export type Phase =
  | { readonly at: "waiting" }
  | { readonly at: "uploading" }
  /** The page was closed meanwhile; it goes on once the same file is chosen again. */
  | { readonly at: "interrupted" }
  | { readonly at: "refused"; readonly why: Refusal; readonly limit: number }
  | { readonly at: "failed"; readonly failure: unknown }
  | { readonly at: "stored"; readonly fileId: string };

export interface Attachment {
  /** Its name within this browser. */
  readonly key: string;
  readonly draftKey: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly isImage: boolean;
  readonly phase: Phase;
  /** Where its upload goes on, when it is one in steps. */
  readonly address?: string;
}

interface Attachments {
  items: readonly Attachment[];
}

const MOST_KEPT = 200;

export const useAttachments = create<Attachments>()(
  persist((): Attachments => ({ items: [] }), {
    name: "chatbox.attachments",
    partialize: ({ items }) => ({ items: items.flatMap(lasting).slice(-MOST_KEPT) }),
  }),
);

/** What of an attachment outlives the page: what was under way needs its file once more. */
function lasting(item: Attachment): Attachment[] {
  if (item.phase.at === "refused") return [];
  return [item.phase.at === "stored" ? item : { ...item, phase: { at: "interrupted" } }];
}

/** How many bytes of an upload are off, by key; apart, because it changes all the time. */
export const useSent = create<Readonly<Record<string, number>>>()(() => ({}));

export const attachedTo = (draftKey: string) => (state: Attachments) =>
  state.items.filter((item) => item.draftKey === draftKey);

export function attachmentOf(key: string): Attachment | undefined {
  return useAttachments.getState().items.find((item) => item.key === key);
}

export function addAttachments(items: readonly Attachment[]): void {
  useAttachments.setState((state) => ({ items: [...state.items, ...items] }));
}

export function changeAttachment(key: string, to: Partial<Attachment>): void {
  useAttachments.setState(({ items }) => ({
    items: items.map((item) => (item.key === key ? { ...item, ...to } : item)),
  }));
}

export function dropAttachments(keys: readonly string[]): void {
  useAttachments.setState(({ items }) => ({ items: items.filter((item) => !keys.includes(item.key)) }));
}

/** Whether sending has to wait for it. */
export function isUnderWay({ phase }: Attachment): boolean {
  return phase.at === "waiting" || phase.at === "uploading";
}

/** Whether somebody has to decide about it before the message can go. */
export function needsDecision({ phase }: Attachment): boolean {
  return phase.at === "failed" || phase.at === "interrupted";
}
