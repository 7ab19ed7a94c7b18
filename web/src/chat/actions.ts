/** What can be done with a message; the stream tells what came of it. */
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { putSession } from "@/wire/session-cache";
import type { AttachedPart, SessionOut } from "@/wire/types";
import { bodyOf, receiveSent, type Sent } from "./outbox";

export interface MessageActions {
  stop: (messageId: string) => void;
  regenerate: (messageId: string, model?: string) => void;
  goOn: (messageId: string) => void;
  /** Writes a message anew; it keeps `files`. */
  edit: (messageId: string, text: string, files: readonly AttachedPart[]) => Promise<void>;
  switchTo: (messageId: string) => void;
  remove: (messageId: string) => void;
}

/** The actions of one session; the same object as long as the session stays. `reload` reads its path again. */
export function useMessageActions(sessionId: string, reload: () => Promise<void>): MessageActions {
  const queryClient = useQueryClient();
  const { mutate, mutateAsync } = useMutation({
    mutationFn: (act: () => Promise<void>) => act(),
    onError: (failure) => toastError(failureText(failure)),
  });
  return useMemo(() => {
    const verbs = verbsOf(sessionId, queryClient, reload);
    return {
      stop: (id) => mutate(() => verbs.stop(id)),
      regenerate: (id, model) => mutate(() => verbs.send(id, "regenerate", model === undefined ? {} : { model })),
      goOn: (id) => mutate(() => verbs.send(id, "continue", {})),
      edit: (id, text, files) => mutateAsync(() => verbs.send(id, "edit", bodyOf(text, files))),
      switchTo: (id) => mutate(() => verbs.switchTo(id)),
      remove: (id) => mutate(() => verbs.remove(id)),
    };
  }, [sessionId, queryClient, reload, mutate, mutateAsync]);
}

function verbsOf(sessionId: string, queryClient: QueryClient, reload: () => Promise<void>) {
  const path = (id: string, verb: string) => `/sessions/${sessionId}/messages/${id}/${verb}`;
  const reread = async (session: SessionOut) => {
    putSession(queryClient, session);
    await reload();
  };
  return {
    stop: async (id: string) => {
      await api.post(path(id, "stop"));
    },
    send: async (id: string, verb: "regenerate" | "continue" | "edit", body: object) => {
      const sent = await api.post<Sent>(path(id, verb), body);
      if (verb !== "continue") receiveSent(queryClient, sessionId, sent);
    },
    switchTo: async (id: string) => reread(await api.post<SessionOut>(path(id, "switch"))),
    remove: async (id: string) => reread(await api.delete<SessionOut>(`/sessions/${sessionId}/messages/${id}`)),
  };
}
