/** One or two words that mark a thing: its kind, or a state that differs from the usual one. */
import type { ReactNode } from "react";
import { cx } from "./cx";

const TONES = {
  plain: "bg-sunken text-soft",
  accent: "bg-tint text-accent",
  danger: "bg-danger-tint text-danger",
};

export function Badge({ tone = "plain", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return (
    <span className={cx("inline-block rounded-full px-2 text-small font-normal whitespace-nowrap", TONES[tone])}>
      {children}
    </span>
  );
}
