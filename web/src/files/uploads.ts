/** Runs the uploads of all drafts, a few at a time, whatever view is open. */
import type { QueryClient } from "@tanstack/react-query";
import { api } from "@/wire/api";
import {
  addAttachments,
  attachedTo,
  attachmentOf,
  changeAttachment,
  dropAttachments,
  isUnderWay,
  useAttachments,
  useSent,
  type Attachment,
  type Phase,
} from "./attachments";
import type { FileOut, FileUsageOut } from "@/wire/types";
import { fileQuery, refreshLists, usageQuery } from "./requests";
import { abandon } from "./resumable";
import { upload } from "./upload";

const AT_ONCE = 3;
/** As many as the server takes with one message. */
export const MOST_FILES = 20;
const PURPOSE = "message_attachment";

/** What cannot be stored in the browser: the chosen files, their pictures, and what stops their uploads; by key. */
const sources = new Map<string, File>();
const pictures = new Map<string, string>();
const running = new Map<string, AbortController>();

/** Pictures that every browser draws. */
const DRAWABLE = /^image\/(?:png|jpeg|gif|webp|avif)$/;
const LARGEST_THUMBNAIL = 40_000_000;

/** The picture of an attachment that was chosen in this page, for as long as it is attached. */
export function pictureOf(key: string): string | undefined {
  return pictures.get(key);
}

/** Attaches files to a draft and uploads them; gives the keys, and how many were too many for one message. */
export async function attach(
  queryClient: QueryClient,
  draftKey: string,
  files: readonly File[],
): Promise<{ keys: string[]; left: number }> {
  const room = MOST_FILES - attachedTo(draftKey)(useAttachments.getState()).length;
  const taken = files.slice(0, Math.max(0, room)).map((file) => ({ file, item: itemOf(draftKey, file) }));
  // They are there at once, so that no message goes without them while the limits are asked for.
  addAttachments(taken.map(({ item }) => item));
  // What is not known is for the server to refuse.
  const usage = await queryClient.query({ ...usageQuery, staleTime: 30_000 }).catch(() => undefined);
  let free = usage === undefined ? Infinity : usage.quota - usage.used - bytesUnderWay();
  for (const { file, item } of taken) {
    if (attachmentOf(item.key) === undefined) continue;
    const phase = phaseFor(file, usage, free);
    changeAttachment(item.key, { phase });
    if (phase.at !== "waiting") continue;
    free -= file.size;
    sources.set(item.key, file);
  }
  startNext(queryClient);
  return { keys: taken.map(({ item }) => item.key), left: files.length - taken.length };
}

function itemOf(draftKey: string, file: File): Attachment {
  const key = crypto.getRandomValues(new Uint32Array(3)).join("-");
  const isImage = DRAWABLE.test(file.type);
  if (isImage && file.size <= LARGEST_THUMBNAIL) pictures.set(key, URL.createObjectURL(file));
  return { key, draftKey, name: file.name, size: file.size, isImage, phase: { at: "waiting" } };
}

function phaseFor(file: File, usage: FileUsageOut | undefined, free: number): Phase {
  if (file.size === 0) return { at: "refused", why: "empty", limit: 0 };
  if (usage !== undefined && file.size > usage.upload_limit) {
    return { at: "refused", why: "tooLarge", limit: usage.upload_limit };
  }
  if (file.size > free) return { at: "refused", why: "overQuota", limit: Math.max(0, free) };
  return { at: "waiting" };
}

function bytesUnderWay(): number {
  return useAttachments
    .getState()
    .items.filter((item) => isUnderWay(item) && sources.has(item.key))
    .reduce((sum, item) => sum + item.size, 0);
}

function startNext(queryClient: QueryClient): void {
  const waiting = useAttachments
    .getState()
    .items.filter((item) => item.phase.at === "waiting" && sources.has(item.key));
  for (const item of waiting.slice(0, AT_ONCE - running.size)) void run(queryClient, item);
}

async function run(queryClient: QueryClient, { key, address }: Attachment): Promise<void> {
  const file = sources.get(key);
  if (file === undefined) return;
  const stopper = new AbortController();
  running.set(key, stopper);
  changeAttachment(key, { phase: { at: "uploading" } });
  try {
    const stored = await upload({
      file,
      purpose: PURPOSE,
      address,
      signal: stopper.signal,
      onAddress: (given) => changeAttachment(key, { address: given }),
      onProgress: (sent) => useSent.setState({ [key]: sent }),
    });
    sources.delete(key);
    queryClient.setQueryData(fileQuery(stored.id).queryKey, stored);
    if (attachmentOf(key) === undefined) void discard(queryClient, stored.id);
    changeAttachment(key, { phase: { at: "stored", fileId: stored.id } });
    refreshLists(queryClient);
  } catch (failure) {
    if (!stopper.signal.aborted) changeAttachment(key, { phase: { at: "failed", failure } });
  } finally {
    running.delete(key);
    startNext(queryClient);
  }
}

/** Tries once more what had failed; in steps it goes on where it was. */
export function retryUpload(queryClient: QueryClient, key: string): void {
  changeAttachment(key, { phase: { at: sources.has(key) ? "waiting" : "interrupted" } });
  startNext(queryClient);
}

/** Goes on with an upload that was cut by a reload; false when `file` is another one. */
export function resumeWith(queryClient: QueryClient, key: string, file: File): boolean {
  const item = attachmentOf(key);
  if (item?.name !== file.name || item.size !== file.size) return false;
  sources.set(key, file);
  changeAttachment(key, { phase: { at: "waiting" } });
  startNext(queryClient);
  return true;
}

/** Takes an attachment away: its upload stops, and what is stored already goes if no message has it. */
export function removeAttachment(queryClient: QueryClient, key: string): void {
  const item = attachmentOf(key);
  if (item === undefined) return;
  running.get(key)?.abort();
  forget([key]);
  if (item.phase.at === "stored") void discard(queryClient, item.phase.fileId);
  else if (item.address !== undefined) void abandon(item.address).catch(() => undefined);
  startNext(queryClient);
}

/** Takes attachments out of their draft and leaves what is stored of them. */
export function forget(keys: readonly string[]): void {
  dropAttachments(keys);
  for (const key of keys) {
    sources.delete(key);
    const picture = pictures.get(key);
    if (picture !== undefined) URL.revokeObjectURL(picture);
    pictures.delete(key);
  }
}

/** Deletes a file that nothing uses. When that fails it is still on the files page, to be deleted there. */
async function discard(queryClient: QueryClient, fileId: string): Promise<void> {
  try {
    const file = await api.get<FileOut>(`/files/${fileId}`);
    if (file.uses === 0) await api.delete(`/files/${fileId}`);
  } catch {
    return;
  }
  refreshLists(queryClient);
}

/** Whether leaving the page would lose something. */
export function isUploading(): boolean {
  return running.size > 0;
}
