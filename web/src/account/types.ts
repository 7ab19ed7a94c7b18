/** What the account pages get from the server. */
import type { User } from "@/wire/types";

/** What a stranger may know about this server. */
export interface Standing {
  readonly registration_open: boolean;
  readonly has_accounts: boolean;
}

export interface SignedIn {
  readonly user: User;
}

/** A browser or an app that is signed in. */
export interface SignIn {
  readonly id: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly user_agent: string;
  readonly address: string;
  readonly is_current: boolean;
}

export const SCOPES = ["read", "write", "chat", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The first letters of the key, to tell keys apart. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly expires_at: string | null;
}

/** A key that was just made; the only time that `key` is seen. */
export interface ApiKeyMade extends ApiKey {
  readonly key: string;
}
