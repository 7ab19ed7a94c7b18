/** What the providers page gets from the server. */

/** Why a provider could not be asked; `detail` is in the provider's own words. */
export interface ProviderProblem {
  readonly code: string;
  readonly detail: string;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Null for those who may not change the provider. */
  readonly base_url: string | null;
  readonly has_key: boolean;
  /** The end of the key; the key itself is never sent. */
  readonly key_hint: string | null;
  readonly shared: boolean;
  readonly is_mine: boolean;
  readonly can_edit: boolean;
  readonly enabled: boolean;
  readonly model_names: readonly string[];
  readonly models_count: number;
  readonly models_fetched_at: string | null;
  readonly last_error: ProviderProblem | null;
  readonly created_at: string;
}

export interface ProviderTest {
  readonly ok: boolean;
  readonly models_count: number;
  readonly latency_ms: number;
  readonly error: ProviderProblem | null;
}

/** A protocol that the server speaks. */
export interface Kind {
  readonly kind: string;
  readonly default_base_url: string | null;
  readonly needs_key: boolean;
}

/** A well-known provider. */
export interface Preset {
  readonly name: string;
  readonly kind: string;
  readonly base_url: string;
}

export interface KindList {
  readonly kinds: readonly Kind[];
  readonly presets: readonly Preset[];
}
