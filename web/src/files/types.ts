/** The shapes in which the server tells of files. */

export type ReadingStatus = "queued" | "reading" | "ready" | "failed";

export interface FileOut {
  readonly id: string;
  readonly filename: string;
  readonly mime_type: string;
  /** What it is, told by its content. */
  readonly kind: string;
  /** In bytes. */
  readonly size: number;
  readonly status: ReadingStatus;
  /** How far the reading is, in pages. */
  readonly progress: { readonly done: number; readonly of: number } | null;
  readonly problem: { readonly code: string; readonly detail: string } | null;
  readonly url: string;
  /** A small picture of it, signed for an hour. */
  readonly preview_url: string | null;
  readonly pages: number | null;
  /** In how many messages it stands. */
  readonly uses: number;
  readonly purpose: string;
  readonly created_at: string;
}

/** All in bytes but `count`. */
export interface FileUsage {
  readonly used: number;
  readonly quota: number;
  readonly upload_limit: number;
  readonly count: number;
}

export interface FileMark {
  readonly start: number;
  readonly kind: "page" | "slide" | "sheet" | "section";
  readonly number: number;
  readonly label: string;
}

/** A range of what was read out of a file, as Markdown; `start`, `end` and `total` count characters. */
export interface FileText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly total: number;
}

export interface FileUse {
  readonly session_id: string;
  readonly session_name: string;
  readonly message_id: string;
  readonly created_at: string;
}
