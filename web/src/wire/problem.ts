/** A failed request: what the server's problem document says (RFC 9457), or that there was no answer. */
import type { Params } from "./types";

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

/** The failure of a request that got no answer. */
export function unreachable(reason: unknown): Problem {
  const timedOut = reason instanceof DOMException && reason.name === "TimeoutError";
  return new Problem(0, timedOut ? "timeout" : "unreachable", "");
}

/** The failure that a response tells of. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const told: unknown = await response.json().catch(() => null);
  const problem = (typeof told === "object" && told !== null ? told : {}) as Partial<Problem>;
  return new Problem(response.status, problem.code ?? "internal_error", problem.detail ?? "", {
    errors: problem.errors ?? [],
    params: problem.params ?? {},
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}
