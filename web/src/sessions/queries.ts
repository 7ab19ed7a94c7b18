/** Reading and changing the list of chats. */
import {
  infiniteQueryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
  type UseMutationResult,
} from "@tanstack/react-query";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { dropSession, putSession, SESSION_LISTS } from "@/wire/session-cache";
import type { Page, SessionOut, SessionPatch } from "@/wire/types";

const PAGE_SIZE = 40;

export interface ListFilter {
  readonly archived: boolean;
  readonly pinned?: boolean;
  /** Part of the title. */
  readonly q?: string;
}

export const sessionsQuery = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: [...SESSION_LISTS, filter] as const,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<SessionOut>>("/sessions", { query: { limit: PAGE_SIZE, cursor: pageParam, ...filter }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: "always",
  });

interface Change {
  readonly id: string;
  readonly patch: SessionPatch;
}

/** Renames, pins, archives. */
export function useChangeSession(): UseMutationResult<SessionOut, Error, Change> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, patch }: Change) => api.patch<SessionOut>(`/sessions/${id}`, patch),
    onSuccess: (session) => refreshLists(queryClient, session),
    onError: (failure) => toastError(failureText(failure)),
  });
}

function refreshLists(queryClient: QueryClient, session: SessionOut): void {
  putSession(queryClient, session);
  void queryClient.invalidateQueries({ queryKey: SESSION_LISTS });
}

export function useDeleteSession(): UseMutationResult<undefined, Error, string> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/sessions/${id}`),
    onSuccess: (_nothing, id) => dropSession(queryClient, id),
    onError: (failure) => toastError(failureText(failure)),
  });
}
