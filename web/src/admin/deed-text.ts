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
  "settings_changed upload_limit_mb": "uploadLimit",
  "settings_changed upload_limit_mb default": "uploadLimitDefault",
  "settings_changed file_quota_mb": "fileQuota",
  "settings_changed file_quota_mb default": "fileQuotaDefault",
} as const;

/** Limits that an administrator chose, in MB, or gave back to the server's settings ("default"). */
const LIMITS = ["upload_limit_mb", "file_quota_mb"] as const;

function isKnown(name: string): name is keyof typeof SENTENCES {
  return Object.hasOwn(SENTENCES, name);
}

/** An action that this page does not know yet is told by its own name. */
export function useDeedText({ action, actor, target, details }: AuditEntry): string {
  const { t } = useTranslation();
  const [limit, value] = limitIn(details);
  const detail = details.reason ?? details.role ?? details.registration_open ?? limit;
  const name = detail === undefined ? action : `${action} ${detail}`;
  const somebody = t(($) => $.admin.somebody);
  const sentence = isKnown(name) ? SENTENCES[name] : "other";
  return t(($) => $.admin.deeds[sentence], { actor: actor ?? somebody, target: target ?? somebody, action, value });
}

/** The limit that was chosen, as `SENTENCES` names it, and its size; nothing when the deed was another one. */
function limitIn(details: AuditEntry["details"]): [name?: string, value?: string] {
  const name = LIMITS.find((known) => details[known] !== undefined);
  if (name === undefined) return [];
  const value = details[name] ?? "";
  return value === "default" ? [`${name} default`] : [name, value];
}
