/** A session's messages, followed live while the component that asks is shown. */
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { failureText, serverText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { meQuery } from "@/wire/queries";
import { dropOpenSession } from "@/wire/session-cache";
import type { ConnectionState } from "@/wire/socket";
import type { MessagePage } from "@/wire/types";
import { Feed, fetchThread, PAGE_SIZE } from "./feed";
import { threadKey } from "./keys";
import { withOlder, type Thread } from "./thread-data";

export function useThread(sessionId: string) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: threadKey(sessionId),
    queryFn: ({ signal }) => fetchThread(sessionId, signal),
    // The stream keeps it fresh; comparing thousands of messages on each change would be waste.
    staleTime: Infinity,
    structuralSharing: false,
  });
  const { state, reload, tryNow } = useFeed(sessionId, data !== undefined);
  return { thread: data, error, isPending, refetch, state, reload, tryNow };
}

function useFeed(sessionId: string, isReady: boolean) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const feed = useRef<Feed>(null);
  const [state, setState] = useState<ConnectionState>("connecting");
  useEffect(() => {
    if (!isReady) return;
    const current = new Feed({
      sessionId,
      queryClient,
      onState: setState,
      onGone: () => dropOpenSession(queryClient, sessionId),
      onSignedOut: () => {
        queryClient.removeQueries(meQuery);
        void router.invalidate();
      },
      onRefused: ({ data }) => toastError(serverText("errors", data.code, data.params) ?? data.detail),
    });
    feed.current = current;
    current.open();
    return () => {
      current.close();
      feed.current = null;
    };
  }, [sessionId, isReady, queryClient, router]);
  const reload = useCallback(async () => feed.current?.reload(), []);
  const tryNow = useCallback(() => feed.current?.tryNow(), []);
  return { state, reload, tryNow };
}

/** Reads one more page of older messages into the thread. */
export function useOlder(sessionId: string) {
  const queryClient = useQueryClient();
  const { mutate, isPending, isError } = useMutation({
    mutationFn: (limit: number | undefined) => readOlder(queryClient, sessionId, limit),
    onError: (failure) => toastError(failureText(failure)),
  });
  const load = useCallback(() => mutate(undefined), [mutate]);
  return { load, isLoading: isPending, isFailed: isError };
}

/** Whether there is more after it. */
export async function readOlder(queryClient: QueryClient, sessionId: string, limit = PAGE_SIZE): Promise<boolean> {
  const cursor = queryClient.getQueryData<Thread>(threadKey(sessionId))?.older ?? null;
  if (cursor === null) return false;
  const page = await api.get<MessagePage>(`/sessions/${sessionId}/messages`, { query: { limit, cursor } });
  queryClient.setQueryData<Thread>(threadKey(sessionId), (thread) =>
    // A path that was read anew meanwhile has a cursor of its own.
    thread?.older === cursor ? withOlder(thread, page) : thread,
  );
  return page.next_cursor !== null;
}
