/** Buttons: one for words, one for an icon. The accent is for the one thing a view is about. */
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./spinner";
import { Tooltip } from "./tooltip";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:brightness-90",
  plain: "border border-line bg-raised text-ink hover:bg-sunken",
  quiet: "text-ink hover:bg-sunken",
  danger: "bg-danger text-on-danger hover:brightness-90",
};

const BASE =
  "inline-flex shrink-0 items-center justify-center rounded-box transition-colors duration-100 select-none " +
  "disabled:opacity-50 disabled:cursor-default aria-disabled:opacity-50";

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  /** Shows a spinner and refuses further presses. */
  busy?: boolean;
  icon?: ReactNode;
}

/** A button with words. `type` is "button" unless said otherwise. */
export function Button({ look = "plain", busy = false, icon, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cx(BASE, "h-9 gap-2 px-4 text-ui font-strong coarse:h-11", LOOKS[look], className)}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** What it does; read aloud and shown as a tooltip. */
  label: string;
  icon: ReactNode;
  look?: Look;
  size?: "small" | "normal";
  /** A key that does the same, shown in the tooltip. */
  shortcut?: string;
  /** No tooltip: for a button that gets the focus when its dialog opens, where Escape must reach the dialog. */
  isPlain?: boolean;
}

/** A square button that shows only an icon; grows to 44 px under a finger. */
export function IconButton({
  label,
  icon,
  look = "quiet",
  size = "normal",
  shortcut,
  isPlain = false,
  className,
  ...rest
}: IconButtonProps) {
  const edge = size === "small" ? "size-8" : "size-9";
  const button = (
    <button
      type="button"
      aria-label={label}
      {...rest}
      className={cx(
        BASE,
        edge,
        "coarse:size-11",
        look === "quiet" && "text-soft hover:text-ink",
        LOOKS[look],
        className,
      )}
    >
      {icon}
    </button>
  );
  return isPlain ? (
    button
  ) : (
    <Tooltip text={shortcut === undefined ? label : `${label} (${shortcut})`}>{button}</Tooltip>
  );
}
