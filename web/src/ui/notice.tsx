/** A sentence or two in a tinted box: advice, a warning before it matters, or what went wrong. */
import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const TONES = {
  plain: "bg-tint text-ink",
  warning: "bg-notice-tint text-ink",
  danger: "bg-danger-tint text-danger",
};

interface NoticeProps {
  tone?: keyof typeof TONES;
  children: ReactNode;
  className?: string;
}

/** Warnings and failures are announced when they appear. */
export function Notice({ tone = "plain", children, className }: NoticeProps) {
  const Icon = tone === "plain" ? Info : CircleAlert;
  return (
    <div
      role={tone === "plain" ? undefined : "alert"}
      className={cx("flex items-start gap-3 rounded-box px-4 py-3", TONES[tone], className)}
    >
      <Icon size={18} aria-hidden className="mt-0.5 shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
