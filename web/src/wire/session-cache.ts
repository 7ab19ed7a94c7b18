/** The session rows in the query cache: one entry for each open session, and the lists that show them. */
import { queryOptions, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { api } from "./api";
import type { Page, SessionOut } from "./types";

export const SESSION_LISTS = ["sessions"] as const;

export const sessionQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["session", sessionId] as const,
    queryFn: ({ signal }) => api.get<SessionOut>(`/sessions/${sessionId}`, { signal }),
  });

type Pages = InfiniteData<Page<SessionOut>, string | null>;

/** Shows the new state of a session everywhere; lists where it is new or should move are read again. */
export function putSession(queryClient: QueryClient, session: SessionOut): void {
  queryClient.setQueryData(sessionQuery(session.id).queryKey, session);
  const seen = new Set<boolean>();
  queryClient.setQueriesData<Pages>({ queryKey: SESSION_LISTS }, (lists) =>
    mapItems(lists, (item) => {
      if (item.id !== session.id) return item;
      seen.add(item.pinned === session.pinned && item.archived === session.archived);
      return session;
    }),
  );
  if (!seen.has(true)) void queryClient.invalidateQueries({ queryKey: SESSION_LISTS });
}

/** Takes a deleted session out of everything. */
export function dropSession(queryClient: QueryClient, sessionId: string): void {
  queryClient.removeQueries({ queryKey: ["session", sessionId] });
  queryClient.removeQueries({ queryKey: ["thread", sessionId] });
  dropFromLists(queryClient, sessionId);
}

/** Lets a view of a session that was deleted elsewhere find out: it asks again, and is told that there is nothing. */
export function dropOpenSession(queryClient: QueryClient, sessionId: string): void {
  dropFromLists(queryClient, sessionId);
  void queryClient.resetQueries({ queryKey: ["thread", sessionId] });
  void queryClient.resetQueries({ queryKey: ["session", sessionId] });
}

function dropFromLists(queryClient: QueryClient, sessionId: string): void {
  queryClient.setQueriesData<Pages>({ queryKey: SESSION_LISTS }, (lists) =>
    lists === undefined
      ? lists
      : {
          ...lists,
          pages: lists.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== sessionId) })),
        },
  );
}

function mapItems(lists: Pages | undefined, change: (item: SessionOut) => SessionOut): Pages | undefined {
  if (lists === undefined) return lists;
  return { ...lists, pages: lists.pages.map((page) => ({ ...page, items: page.items.map(change) })) };
}
