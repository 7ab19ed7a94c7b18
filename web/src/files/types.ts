/** The shapes of files that the generated types do not name. */

/** A message that a file stands in. */
export interface FileUse {
  readonly session_id: string;
  readonly session_name: string;
  readonly message_id: string;
  readonly created_at: string;
}
