/** Says an entry of the audit log as a sentence. */
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "./types";

/** The sentence for an action, by the action's name and, where it matters, the one detail that tells cases apart. */
const SENTENCES = {
  "sign_in_refused wrong_password": "wrongPassword",
  "sign_in_refused unknown_account": "unknownAccount",
  "sign_in_refused suspended": "refusedSuspended",
  refresh_token_reused: "tokenReused",
  "user_role_changed admin": "madeAdmin",
  "user_role_changed user": "madeUser",
  user_suspended: "suspended",
  user_activated: "activated",
  user_deleted: "deleted",
  "settings_changed true": "opened",
  "settings_changed false": "closed",
} as const;

function isKnown(name: string): name is keyof typeof SENTENCES {
  return Object.hasOwn(SENTENCES, name);
}

/** An action that this page does not know yet is told by its own name. */
export function useDeedText({ action, actor, target, details }: AuditEntry): string {
  const { t } = useTranslation();
  const detail = details.reason ?? details.role ?? details.registration_open;
  const name = detail === undefined ? action : `${action} ${detail}`;
  const somebody = t(($) => $.admin.somebody);
  const sentence = isKnown(name) ? SENTENCES[name] : "other";
  return t(($) => $.admin.deeds[sentence], { actor: actor ?? somebody, target: target ?? somebody, action });
}
