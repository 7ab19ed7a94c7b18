/**
 * Uploads a large file in steps that survive a broken connection, after the tus protocol 1.0.0 with its creation and
 * termination extensions (https://tus.io/protocols/resumable-upload).
 */
import { Problem, ROOT } from "@/wire/api";
import { sendBytes } from "@/wire/upload";

const PATH = `${ROOT}/files/uploads`;
const VERSION = { "tus-resumable": "1.0.0" };
/** How much goes into one request: below what proxies take, above what a request costs. */
const STEP_BYTES = 20 * 1024 * 1024;
const MOST_FAILURES = 6;
const FIRST_PAUSE_MS = 1_000;
/** Refusals that pass: somebody else holds the upload, or it stands elsewhere than we thought. */
const PASSING = [0, 409, 423, 425, 429];

export interface ResumableUpload {
  readonly file: File;
  readonly purpose: string;
  /** Where an earlier attempt was going to; it goes on from there. */
  readonly address: string | undefined;
  readonly signal: AbortSignal;
  /** Told where to go on after a break. */
  readonly onAddress: (address: string) => void;
  readonly onProgress: (sent: number) => void;
}

/** The id of the file that the upload became. Throws a `Problem` when it cannot go on. */
export async function uploadInSteps(upload: ResumableUpload): Promise<string> {
  const { file, signal, onProgress } = upload;
  let { address, offset } = await standing(upload);
  let failures = 0;
  while (offset < file.size) {
    onProgress(offset);
    try {
      const sentBefore = offset;
      offset = await sendStep(upload, address, offset);
      if (offset > sentBefore) failures = 0;
    } catch (failure) {
      failures += 1;
      if (!isPassing(failure) || failures > MOST_FAILURES) throw failure;
      await pause(FIRST_PAUSE_MS * 2 ** (failures - 1), signal);
      ({ address, offset } = await standing({ ...upload, address }).catch((reason: unknown) => {
        // Still away: the next step fails and counts.
        if (isPassing(reason)) return { address, offset };
        throw reason;
      }));
    }
  }
  return address.slice(address.lastIndexOf("/") + 1);
}

/** Tells the server that an upload is given up; what came of it is deleted there. */
export async function abandon(address: string): Promise<void> {
  await sendBytes({ method: "DELETE", path: address, headers: VERSION, signal: AbortSignal.timeout(30_000) });
}

interface Standing {
  readonly address: string;
  readonly offset: number;
}

/** Where the upload stands at the server; one that the server forgot begins anew. */
async function standing(upload: ResumableUpload): Promise<Standing> {
  const { address, signal } = upload;
  if (address === undefined) return create(upload);
  try {
    const answer = await sendBytes({ method: "HEAD", path: address, headers: VERSION, signal });
    return { address, offset: offsetIn(answer) };
  } catch (failure) {
    if (failure instanceof Problem && [403, 404, 410].includes(failure.status)) return create(upload);
    throw failure;
  }
}

async function create({ file, purpose, signal, onAddress }: ResumableUpload): Promise<Standing> {
  const answer = await sendBytes({
    method: "POST",
    path: PATH,
    headers: {
      ...VERSION,
      "upload-length": String(file.size),
      "upload-metadata": metadata({ filename: file.name, filetype: file.type, purpose }),
    },
    signal,
  });
  const location = answer.headers.get("location");
  if (location === null) throw new Problem(502, "internal_error", "");
  // It may be a whole address; only its path is ours to use.
  const address = new URL(location, document.baseURI).pathname;
  onAddress(address);
  return { address, offset: 0 };
}

async function sendStep(upload: ResumableUpload, address: string, offset: number): Promise<number> {
  const { file, signal, onProgress } = upload;
  const answer = await sendBytes({
    method: "PATCH",
    path: address,
    headers: {
      ...VERSION,
      "upload-offset": String(offset),
      "content-type": "application/offset+octet-stream",
    },
    body: file.slice(offset, offset + STEP_BYTES),
    signal,
    onProgress: (sent) => onProgress(offset + sent),
  });
  return offsetIn(answer);
}

function offsetIn(answer: Response): number {
  const offset = Number(answer.headers.get("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset)) throw new Problem(502, "internal_error", "");
  return offset;
}

/** Names with their values in Base64 of UTF-8; an empty value is left out. */
function metadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function isPassing(failure: unknown): boolean {
  return failure instanceof Problem && (PASSING.includes(failure.status) || failure.status >= 500);
}

/** Waits about so long, or until the browser is online again. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      signal.removeEventListener("abort", wake);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(wake, milliseconds * (0.75 + Math.random() / 2));
    addEventListener("online", wake);
    signal.addEventListener("abort", wake);
  });
}
