/** Requests that carry many bytes: `fetch` cannot say how much of a body is sent, an XMLHttpRequest can. */
import { requestHeaders } from "./api";
import { Problem, problemOf, unreachable } from "./problem";
import { renewSignIn } from "./refresh";

/** Without any progress for so long, the connection counts as lost. */
const STALLED_MS = 60_000;

export interface BytesRequest {
  readonly method: "POST" | "PATCH" | "HEAD" | "DELETE";
  /** The whole path, as a `Location` header names it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | Blob;
  readonly signal: AbortSignal;
  /** Told how many bytes of the body are on their way. */
  readonly onProgress?: (sent: number) => void;
}

/** The server's answer. Throws a `Problem` when it refuses or is away, and the signal's reason when that is aborted. */
export async function sendBytes(request: BytesRequest): Promise<Response> {
  const sentAt = Date.now();
  let response = await exchange(request);
  if (response.status === 401 && (await renewSignIn(sentAt))) response = await exchange(request);
  if (!response.ok) throw await problemOf(response);
  return response;
}

function exchange({ method, path, headers, body, signal, onProgress }: BytesRequest): Promise<Response> {
  signal.throwIfAborted();
  const request = new XMLHttpRequest();
  request.open(method, path);
  for (const [name, value] of Object.entries({ ...requestHeaders(), ...headers })) {
    request.setRequestHeader(name, value);
  }
  const abort = () => request.abort();
  signal.addEventListener("abort", abort);
  const watch = watchStalling(abort);
  return new Promise<Response>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => {
      watch.moved();
      onProgress?.(loaded);
    };
    request.onload = () => resolve(responseOf(request));
    request.onerror = () => reject(unreachable(undefined));
    request.onabort = () => reject(signal.aborted ? (signal.reason as Error) : new Problem(0, "timeout", ""));
    request.send(body ?? null);
  }).finally(() => {
    watch.stop();
    signal.removeEventListener("abort", abort);
  });
}

function watchStalling(giveUp: () => void) {
  let timer = setTimeout(giveUp, STALLED_MS);
  const stop = () => clearTimeout(timer);
  const moved = () => {
    stop();
    timer = setTimeout(giveUp, STALLED_MS);
  };
  return { moved, stop };
}

/** Statuses whose answer has no body (RFC 9110 §6.4.1). */
const WITHOUT_BODY = [204, 205, 304];

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = WITHOUT_BODY.includes(request.status) ? null : request.responseText;
  return new Response(body, { status: request.status, headers });
}
