/** Labelled fields: the label above, a hint or an error below, tied together for screen readers. */
import { useId, type ComponentProps, type ReactElement } from "react";
import { cx } from "./cx";

export const CONTROL =
  "w-full rounded-box border border-line bg-raised px-3 text-ui text-ink transition-colors duration-100 " +
  "hover:border-soft/60 aria-invalid:border-danger disabled:opacity-50";

/** What a control inside a `Field` must carry. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface FieldProps {
  label: string;
  hint?: string | undefined;
  /** Shown in place of the hint, and announced. */
  error?: string | undefined;
  children: (control: FieldControl) => ReactElement;
  className?: string;
}

/** Wraps one control: `<Field label="…">{(control) => <Input {...control} … />}</Field>`. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  const control: FieldControl = {
    id,
    "aria-describedby": note === undefined ? undefined : `${id}-note`,
    "aria-invalid": error === undefined ? undefined : true,
  };
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-ui font-strong">
        {label}
      </label>
      {children(control)}
      {note !== undefined && (
        <p
          id={`${id}-note`}
          role={error === undefined ? undefined : "alert"}
          className={cx("mt-1 text-small", error === undefined ? "text-soft" : "text-danger")}
        >
          {note}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  // 16 px on touch screens, or the phone zooms into the field.
  return <input {...rest} className={cx(CONTROL, "h-10 coarse:h-11 coarse:text-body", className)} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea {...rest} className={cx(CONTROL, "min-h-24 resize-y py-2 coarse:text-body", className)} />;
}
