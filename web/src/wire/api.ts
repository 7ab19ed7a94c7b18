/** Requests to the server's REST API: the cookie signs in, an expired sign-in is renewed once, failures are `Problem`s. */
import { problemOf, unreachable } from "./problem";
import { renewSignIn } from "./refresh";

export { Problem } from "./problem";

export const ROOT = "/api/v1";
const TIMEOUT_MS = 30_000;

interface Surroundings {
  /** The language tag to ask for. */
  language: () => string;
  /** Called when the sign-in is over and could not be renewed. */
  onSignedOut: () => void;
}

let surroundings: Surroundings = { language: () => navigator.language, onSignedOut: () => undefined };

/** Tells the API about the page around it; called once at the start. */
export function connectApi(to: Surroundings): void {
  surroundings = to;
}

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface RequestOptions {
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Calls that must be able to fail with 401 without an attempt to renew. */
const SIGNING_IN = ["/auth/login", "/auth/register", "/auth/refresh", "/auth/logout", "/auth/status"];

async function request<Answer>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
  const sentAt = Date.now();
  let response = await send(method, path, options);
  if (response.status === 401 && !SIGNING_IN.includes(path)) {
    if (await renewSignIn(sentAt)) response = await send(method, path, options);
    if (response.status === 401) surroundings.onSignedOut();
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as Answer;
  return (await response.json()) as Answer;
}

/** What every request says of itself. */
export function requestHeaders(): Record<string, string> {
  return { accept: "application/json", "accept-language": surroundings.language() };
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  const headers = requestHeaders();
  if (options.body !== undefined) headers["content-type"] = "application/json";
  try {
    return await fetch(ROOT + path + queryString(options.query), {
      method,
      headers,
      signal,
      credentials: "same-origin",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch (reason) {
    if (options.signal?.aborted === true) throw reason;
    throw unreachable(reason);
  }
}

function queryString(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** The four verbs. `Answer` is the body's type as `wire/types.ts` names it; paths start after `/api/v1`. */
export const api = {
  get: <Answer>(path: string, options?: RequestOptions) => request<Answer>("GET", path, options),
  post: <Answer>(path: string, body: unknown = {}, options?: RequestOptions) =>
    request<Answer>("POST", path, { ...options, body }),
  patch: <Answer>(path: string, body: unknown) => request<Answer>("PATCH", path, { body }),
  delete: <Answer = undefined>(path: string) => request<Answer>("DELETE", path),
};
