/** For tests: a provider as its owner sees it. */
import type { Provider } from "./types";

export const PROVIDER: Provider = {
  id: "p1",
  name: "OpenAI",
  kind: "openai",
  base_url: "https://api.openai.com/v1",
  has_key: true,
  key_hint: "…abcd",
  shared: false,
  is_mine: true,
  can_edit: true,
  enabled: true,
  model_names: [],
  models_count: 2,
  models_fetched_at: null,
  last_error: null,
  created_at: "2026-01-01T00:00:00.000Z",
};
