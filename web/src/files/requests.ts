/** What is asked of the server about files. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
  type UseMutationResult,
} from "@tanstack/react-query";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api, Problem, ROOT } from "@/wire/api";
import type { FileOut, FileTextOut, FileUsageOut, FileUseOut, Page } from "@/wire/types";

const LISTS = ["files"] as const;
const PAGE_SIZE = 40;
const LOOK_AGAIN_MS = 1_000;

export function isBeingRead(file: FileOut | undefined): boolean {
  return file?.status === "queued" || file?.status === "reading";
}

/** Whether a failure says that there is no such file, or none that is ours. */
export function isGone(failure: unknown): boolean {
  return failure instanceof Problem && (failure.status === 404 || failure.status === 422);
}

/** One file; asked about again as long as it is being read. */
export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ["file", id] as const,
    queryFn: ({ signal }) => api.get<FileOut>(`/files/${id}`, { signal }),
    refetchInterval: ({ state }) => (isBeingRead(state.data) ? LOOK_AGAIN_MS : false),
    staleTime: 5 * 60_000,
  });

export const usageQuery = queryOptions({
  queryKey: ["files-usage"],
  queryFn: ({ signal }) => api.get<FileUsageOut>("/files/usage", { signal }),
});

export interface FileFilter {
  /** Part of the name; empty is any. */
  readonly query: string;
  readonly kind: string;
}

export const filesQuery = ({ query, kind }: FileFilter) =>
  infiniteQueryOptions({
    queryKey: [...LISTS, query, kind] as const,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<FileOut>>("/files", { query: { limit: PAGE_SIZE, cursor: pageParam, query, kind }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: "always",
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(isBeingRead)) === true ? 2 * LOOK_AGAIN_MS : false,
  });

export const usesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["file-uses", id] as const,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<FileUseOut>>(`/files/${id}/uses`, { query: { limit: PAGE_SIZE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

/** So much of a file's text is read at a time, in characters. */
export const TEXT_STEP = 40_000;

export const textQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["file-text", id] as const,
    queryFn: ({ pageParam, signal }) =>
      api.get<FileTextOut>(`/files/${id}/text`, { query: { start: pageParam, end: pageParam + TEXT_STEP }, signal }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.end < page.total ? page.end : undefined),
    staleTime: Infinity,
  });

/** Where the bytes of a file are. */
export const contentAddress = (id: string) => `${ROOT}/files/${id}/content`;
/** The bytes by way of the server itself, whatever storage they are in: what scripts may read. */
export const inlineAddress = (id: string) => `${contentAddress(id)}?inline=1`;
/** A small picture made of it, or the file itself. */
export const viewAddress = (id: string) => `${contentAddress(id)}?view=1`;
export const downloadAddress = (id: string) => `${contentAddress(id)}?download=1`;

/** What lists and sums show is read again. */
export function refreshLists(queryClient: QueryClient): void {
  void queryClient.invalidateQueries({ queryKey: LISTS });
  void queryClient.invalidateQueries(usageQuery);
}

export function useDeleteFile(): UseMutationResult<undefined, Error, string> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/files/${id}`),
    onSuccess: (_nothing, id) => queryClient.invalidateQueries(fileQuery(id)),
    onError: (failure) => toastError(failureText(failure)),
    onSettled: () => refreshLists(queryClient),
  });
}

/** Reads a file once more, after reading it failed. */
export const useReadAgain = () => useReading("read");
/** Reads a file no further; the file stays. */
export const useStopReading = () => useReading("cancel");

function useReading(deed: "read" | "cancel"): UseMutationResult<FileOut, Error, string> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post<FileOut>(`/files/${id}/${deed}`),
    onSuccess: (file) => {
      queryClient.setQueryData(fileQuery(file.id).queryKey, file);
    },
    onError: (failure) => toastError(failureText(failure)),
    onSettled: () => refreshLists(queryClient),
  });
}
