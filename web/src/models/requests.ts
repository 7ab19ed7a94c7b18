/** What the providers page asks the server for. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/wire/api";
import { modelsQuery } from "@/wire/queries";
import type { Page } from "@/wire/types";
import type { KindList, Provider } from "./types";

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => api.get<Page<Provider>>("/providers", { signal }),
});

export const kindsQuery = queryOptions({
  queryKey: ["provider-kinds"],
  queryFn: ({ signal }) => api.get<KindList>("/providers/kinds", { signal }),
  staleTime: Infinity,
});

/** A change to the providers; afterwards they and their models are read anew, whether it worked or not. */
export function useProviderChange<Answer, Input = void>(change: (input: Input) => Promise<Answer>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: async () => {
      await Promise.all([queryClient.invalidateQueries(providersQuery), queryClient.invalidateQueries(modelsQuery)]);
    },
  });
}
