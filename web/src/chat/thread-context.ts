/** What the rows of a thread need besides their message; never changes while the thread is shown, except `editingId`. */
import { createContext, use } from "react";
import type { MessageActions } from "./actions";

export interface ThreadTools extends MessageActions {
  /** Opens the editor on a message; null closes it. */
  startEdit: (messageId: string | null) => void;
}

export const ThreadContext = createContext<ThreadTools | null>(null);

export function useThreadTools(): ThreadTools {
  const tools = use(ThreadContext);
  if (tools === null) throw new Error("a message is shown outside of a thread");
  return tools;
}
