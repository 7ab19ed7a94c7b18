/** What the administration page gets from the server. */
import type { User } from "@/wire/types";

export interface ServerSettings {
  readonly registration_open: boolean;
}

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
