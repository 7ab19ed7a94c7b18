/** A form that hands over its values, and takes the focus to the first wrong field when they were refused. */
import { useEffect, useRef, type ComponentProps } from "react";
import { cx } from "./cx";
import { Notice } from "./notice";

interface FormProps extends Omit<ComponentProps<"form">, "onSubmit"> {
  onSubmit: (values: FormData) => void;
  /** What refused the values last; each new one moves the focus. */
  failure: unknown;
  /** What is said above the fields when no single field is wrong. */
  message?: string | undefined;
}

export function Form({ onSubmit, failure, message, className, children, ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failure !== null) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [failure]);
  return (
    <form
      {...rest}
      ref={form}
      noValidate
      className={cx("grid gap-4", className)}
      onSubmit={(event) => {
        event.preventDefault();
        // A form inside a dialog is also inside the form around the dialog, as far as React's events go.
        event.stopPropagation();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {message !== undefined && <Notice tone="danger">{message}</Notice>}
      {children}
    </form>
  );
}

/** The text of one field; empty when there is no such field. */
export function textOf(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === "string" ? value : "";
}
