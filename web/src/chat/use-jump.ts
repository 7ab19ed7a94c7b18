/** Brings the message that the address names into view, wherever in the chat it stands. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, type RefObject } from "react";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import type { Thread } from "./thread-data";
import type { ThreadHandle } from "./thread-view";
import { readOlder } from "./use-thread";

const JUMP_PAGE = 200;

interface Jump {
  sessionId: string;
  thread: Thread;
  view: RefObject<ThreadHandle | null>;
  /** The message to go to, until it was gone to. */
  messageId: string | undefined;
  /** Makes the branch of a message the one that is shown. */
  switchTo: (messageId: string) => void;
  onArrived: () => void;
}

export function useJump({ sessionId, thread, view, messageId, switchTo, onArrived }: Jump): void {
  const queryClient = useQueryClient();
  const switched = useRef<string>(undefined);
  const seek = useEffectEvent((wanted: string) => {
    const index = thread.messages.findIndex((message) => message.id === wanted);
    if (index >= 0) {
      view.current?.show(index);
      onArrived();
    } else if (thread.older !== null) {
      readOlder(queryClient, sessionId, JUMP_PAGE).catch((failure: unknown) => {
        toastError(failureText(failure));
        onArrived();
      });
    } else if (switched.current !== wanted) {
      // It is in another branch: that branch becomes the one that is shown, and is searched then.
      switched.current = wanted;
      switchTo(wanted);
    } else {
      onArrived();
    }
  });
  useEffect(() => {
    if (messageId !== undefined) seek(messageId);
  }, [messageId, thread]);
}
