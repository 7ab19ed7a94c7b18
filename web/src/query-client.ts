/** How server data is kept: try again when the server was away, never when it said no. */
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "@/wire/api";

const MOST_RETRIES = 2;

function worthRetrying(failures: number, reason: unknown): boolean {
  const passing = reason instanceof Problem && (reason.status === 0 || reason.status >= 500);
  return passing && failures < MOST_RETRIES;
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: worthRetrying, staleTime: 30_000 },
      mutations: { retry: false },
    },
  });
}
