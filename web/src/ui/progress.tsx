/** How far something is: a ring around an icon, or a bar. */
import { cx } from "./cx";

interface ProgressProps {
  /** From 0 to 1. */
  share: number;
  label: string;
}

const RADIUS = 15;
const AROUND = 2 * Math.PI * RADIUS;

export function ProgressRing({ share, label }: ProgressProps) {
  return (
    <svg
      viewBox="0 0 36 36"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className="size-8 -rotate-90"
    >
      <circle cx="18" cy="18" r={RADIUS} fill="none" strokeWidth="3" className="stroke-line" />
      <circle
        cx="18"
        cy="18"
        r={RADIUS}
        fill="none"
        strokeWidth="3"
        strokeLinecap="round"
        strokeDasharray={AROUND}
        strokeDashoffset={AROUND * (1 - Math.min(1, share))}
        className="stroke-accent transition-[stroke-dashoffset] duration-150"
      />
    </svg>
  );
}

export function ProgressBar({ share, label, tone = "accent" }: ProgressProps & { tone?: "accent" | "danger" }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(1, share) * 100)}
      className="h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div
        style={{ width: `${Math.min(1, share) * 100}%` }}
        className={cx("h-full rounded-full", tone === "accent" ? "bg-accent" : "bg-danger")}
      />
    </div>
  );
}
