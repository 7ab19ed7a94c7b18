/** Requests to the server's REST API: the cookie signs in, an expired sign-in is renewed once, failures are `Problem`s. */
import { renewSignIn } from "./refresh";
import type { Params } from "./types";

const ROOT = "/api/v1";
const TIMEOUT_MS = 30_000;

export interface FieldProblem {
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** Why a request failed; `detail` is written for people, in the page's language, when the server could be reached. */
export class Problem extends Error {
  override readonly name = "Problem";

  readonly errors: readonly FieldProblem[];
  readonly params: Params;
  /** When to try again, in seconds from now, if the server said so. */
  readonly retryAfter: number | null;

  constructor(
    /** The HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    /** Stable name of the failure; `unreachable` and `timeout` are the page's own. */
    readonly code: string,
    readonly detail: string,
    more: { errors?: readonly FieldProblem[]; params?: Params; retryAfter?: number | null } = {},
  ) {
    super(detail || code);
    this.errors = more.errors ?? [];
    this.params = more.params ?? {};
    this.retryAfter = more.retryAfter ?? null;
  }

  /** What is wrong with one field of the form that was sent; the server counts from the request, so a body's field is `body.…`. */
  fieldError(field: string): string | undefined {
    return this.errors.find((error) => error.field === field || error.field === `body.${field}`)?.detail;
  }
}

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
    if (await renewed(sentAt)) response = await send(method, path, options);
    if (response.status === 401) surroundings.onSignedOut();
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as Answer;
  return (await response.json()) as Answer;
}

async function renewed(sentAt: number): Promise<boolean> {
  try {
    return await renewSignIn(sentAt);
  } catch (reason) {
    throw unreachable(reason);
  }
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  const headers: Record<string, string> = { accept: "application/json", "accept-language": surroundings.language() };
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

function unreachable(reason: unknown): Problem {
  const timedOut = reason instanceof DOMException && reason.name === "TimeoutError";
  return new Problem(0, timedOut ? "timeout" : "unreachable", "");
}

function queryString(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const told: unknown = await response.json().catch(() => null);
  const problem = (typeof told === "object" && told !== null ? told : {}) as Partial<Problem>;
  return new Problem(response.status, problem.code ?? "internal_error", problem.detail ?? "", {
    errors: problem.errors ?? [],
    params: problem.params ?? {},
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

/** The four verbs. `Answer` is the body's type as `wire/types.ts` names it; paths start after `/api/v1`. */
export const api = {
  get: <Answer>(path: string, options?: RequestOptions) => request<Answer>("GET", path, options),
  post: <Answer>(path: string, body: unknown = {}, options?: RequestOptions) =>
    request<Answer>("POST", path, { ...options, body }),
  patch: <Answer>(path: string, body: unknown) => request<Answer>("PATCH", path, { body }),
  delete: <Answer = undefined>(path: string) => request<Answer>("DELETE", path),
};
