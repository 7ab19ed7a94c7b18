/** Brings one file to the server: a small one in a single request, a large one in steps. */
import { api, Problem, ROOT } from "@/wire/api";
import { sendBytes } from "@/wire/upload";
import type { FileOut } from "@/wire/types";
import { pause, uploadInSteps, type ResumableUpload } from "./resumable";

/** Larger files are worth being resumed. */
const LARGEST_AT_ONCE = 5_000_000;
const MOST_TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;

export async function upload(task: ResumableUpload): Promise<FileOut> {
  if (task.file.size <= LARGEST_AT_ONCE && task.address === undefined) return uploadAtOnce(task);
  const id = await uploadInSteps(task);
  return api.get<FileOut>(`/files/${id}`, { signal: task.signal });
}

async function uploadAtOnce({ file, purpose, signal, onProgress }: ResumableUpload): Promise<FileOut> {
  for (let tries = 1; ; tries += 1) {
    let hasAllGone = false;
    const form = new FormData();
    form.set("purpose", purpose);
    form.set("file", file, file.name);
    try {
      const answer = await sendBytes({
        method: "POST",
        path: `${ROOT}/files/upload`,
        body: form,
        signal,
        onProgress: (sent) => {
          hasAllGone = sent >= file.size;
          onProgress(Math.min(sent, file.size));
        },
      });
      return (await answer.json()) as FileOut;
    } catch (failure) {
      // When all of it went off, the server may have stored it, and would store it twice.
      const neverArrived = failure instanceof Problem && failure.status === 0 && !hasAllGone;
      if (!neverArrived || tries === MOST_TRIES) throw failure;
    }
    await pause(BETWEEN_TRIES_MS * tries, signal);
  }
}
