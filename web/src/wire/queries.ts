/** What several features read from the server: who is signed in, and which models there are. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./api";
import type { ModelList, User } from "./types";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.get<User>("/auth/me", { signal }),
  staleTime: 5 * 60_000,
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => api.get<ModelList>("/models", { signal }),
  staleTime: 60_000,
});
