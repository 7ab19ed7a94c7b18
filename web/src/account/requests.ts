/** What the account pages ask the server for. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { meQuery } from "@/wire/queries";
import type { Page, User } from "@/wire/types";
import type { ApiKey, SignedIn, SignIn, Standing } from "./types";

export const standingQuery = queryOptions({
  queryKey: ["auth", "status"],
  queryFn: ({ signal }) => api.get<Standing>("/auth/status", { signal }),
});

export const signInsQuery = infiniteQueryOptions({
  queryKey: ["auth", "sign-ins"],
  queryFn: ({ pageParam, signal }) => api.get<Page<SignIn>>("/auth/sign-ins", { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: ["auth", "api-keys"],
  queryFn: ({ pageParam, signal }) => api.get<Page<ApiKey>>("/auth/api-keys", { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

/** Signs in, or makes an account and signs it in, and goes on to `from`: the page that asked for it. */
export function useEnter<Values>(enter: (values: Values) => Promise<SignedIn>, from: string | undefined) {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: enter,
    onSuccess: ({ user }) => {
      // Whoever was signed in here before leaves nothing behind.
      queryClient.clear();
      queryClient.setQueryData(meQuery.queryKey, user);
      router.history.push(from ?? "/");
    },
  });
}

export function useSignOut() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: () => api.post("/auth/logout"),
    onSuccess: async () => {
      queryClient.clear();
      await router.navigate({ to: "/sign-in" });
    },
    onError: (error) => toastError(failureText(error)),
  });
}

/** Changes the profile; `language: null` is that of the browser. */
export function useChangeProfile() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (patch: { name?: string; language?: string | null }) => api.patch<User>("/auth/me", patch),
    onSuccess: (user) => queryClient.setQueryData(meQuery.queryKey, user),
  });
}
