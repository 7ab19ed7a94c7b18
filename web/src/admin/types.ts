/** What the administration page gets from the server. */
import type { User } from "@/wire/types";

/** Limits in MB (2²⁰ bytes); null is that of `defaults`, which the server was started with. */
export interface ServerSettings {
  readonly registration_open: boolean;
  readonly upload_limit_mb: number | null;
  readonly file_quota_mb: number | null;
  readonly defaults: { readonly upload_limit_mb: number; readonly file_quota_mb: number };
}

export type FileLimitsPatch = Pick<ServerSettings, "upload_limit_mb" | "file_quota_mb">;

/** One thing that an administrator did, or a sign-in that was refused; `actor` and `target` are e-mail addresses. */
export interface AuditEntry {
  readonly id: string;
  readonly created_at: string;
  readonly actor_id: string | null;
  readonly actor: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly address: string | null;
  readonly details: Readonly<Record<string, string>>;
}

export interface PersonPatch {
  role?: User["role"];
  status?: User["status"];
}
