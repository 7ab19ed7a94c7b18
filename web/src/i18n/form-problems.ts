/** Sorts what is wrong with a form: beside which field it is said, and what is left to say above them. */
import { Problem } from "@/wire/api";
import { failureText } from "./server-text";

export interface FormProblems {
  /** What is wrong with one field. */
  of: (field: string) => string | undefined;
  /** What is wrong when no field of the form is to blame. */
  rest: string | undefined;
}

/**
 * `fields` are the form's, by their names on the wire; `fieldOfCode` names the field that a refusal is about when the
 * server tells it by its code alone (`email_taken` is about `email`).
 */
export function formProblems(
  error: Error | null,
  fields: readonly string[],
  fieldOfCode: Readonly<Record<string, string>> = {},
): FormProblems {
  const found = new Map<string, string>();
  if (error instanceof Problem) {
    for (const field of fields) {
      const detail = error.fieldError(field);
      if (detail !== undefined) found.set(field, detail);
    }
    const blamed = fieldOfCode[error.code];
    if (blamed !== undefined) found.set(blamed, failureText(error));
  }
  return {
    of: (field) => found.get(field),
    rest: error === null || found.size > 0 ? undefined : failureText(error),
  };
}

/** A refusal that the page can tell by itself, in the server's shape. Fields without a text are right. */
export function refuseFields(details: Readonly<Record<string, string | false>>): void {
  const errors = Object.entries(details).flatMap(([field, detail]) =>
    detail === false ? [] : [{ field, code: "refused_here", detail }],
  );
  if (errors.length > 0) throw new Problem(422, "invalid_request", "", { errors });
}
