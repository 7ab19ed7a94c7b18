/** What was written and not sent, kept in this browser for each chat. */
import { create } from "zustand";
import { persist } from "zustand/middleware";

/** The key of the draft of a chat that does not exist yet. */
export const NEW_CHAT = "new";
const MOST_DRAFTS = 50;

interface Drafts {
  /** By session id, the newest last. */
  texts: Readonly<Record<string, string>>;
}

const useDrafts = create<Drafts>()(persist((): Drafts => ({ texts: {} }), { name: "chatbox.drafts" }));

export function useDraft(key: string): string {
  return useDrafts((drafts) => drafts.texts[key] ?? "");
}

/** Keeps `text`; an empty one is forgotten, and so are the oldest when there are too many. */
export function setDraft(key: string, text: string): void {
  useDrafts.setState(({ texts }) => {
    const others = Object.entries(texts).filter(([other]) => other !== key);
    const kept = text === "" ? others : [...others, [key, text] as const];
    return { texts: Object.fromEntries(kept.slice(-MOST_DRAFTS)) };
  });
}
