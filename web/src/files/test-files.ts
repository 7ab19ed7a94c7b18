/** For tests: files as the server tells of them. */
import type { FileOut } from "@/wire/types";

export const ID = "01a20622-aecd-75e7-9fa3-e7405c664a09";

export function fileOut(more: Partial<FileOut> = {}): FileOut {
  return {
    id: ID,
    filename: "report.pdf",
    mime_type: "application/pdf",
    kind: "pdf",
    size: 4_000,
    storage_key: "users/me/message_attachment/report.pdf",
    url: "/api/v1/files/s/token/report.pdf",
    status: "ready",
    progress: null,
    problem: null,
    created_at: "2026-01-02T03:04:05.000Z",
    purpose: "message_attachment",
    preview_url: null,
    pages: 12,
    characters: 500,
    uses: 0,
    ...more,
  };
}

/** A file of so many bytes. */
export function fileOf(size: number, name = "notes.txt", type = "text/plain"): File {
  return new File([new Uint8Array(size)], name, { type });
}

export const USAGE = { used: 0, quota: 1_000_000_000, upload_limit: 10_000_000, count: 0 };
