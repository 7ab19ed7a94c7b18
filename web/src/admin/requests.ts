/** What the administration page asks the server for. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import type { Page, User } from "@/wire/types";
import type { AuditEntry, ServerSettings } from "./types";

export const settingsQuery = queryOptions({
  queryKey: ["admin", "settings"],
  queryFn: ({ signal }) => api.get<ServerSettings>("/admin/settings", { signal }),
});

export const peopleQuery = infiniteQueryOptions({
  queryKey: ["admin", "users"],
  queryFn: ({ pageParam, signal }) => api.get<Page<User>>("/admin/users", { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ["admin", "audit-log"],
  queryFn: ({ pageParam, signal }) =>
    api.get<Page<AuditEntry>>("/admin/audit-log", { query: { cursor: pageParam, limit: 30 }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

/** Something an administrator does; it says when it failed, and afterwards the whole page is read anew. */
export function useDeed<Input = void>(deed: (input: Input) => Promise<unknown>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onError: (error) => toastError(failureText(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["admin"] }),
  });
}
