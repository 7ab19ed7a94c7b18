/** A labelled field for a password. */
import { useTranslation } from "react-i18next";
import { Field } from "@/ui/field";
import { SecretInput } from "@/ui/secret-input";

export const SHORTEST_PASSWORD = 8;

interface PasswordFieldProps {
  name: string;
  label: string;
  /** Tells password managers whether to fill in or to make up a password. */
  kind: "current-password" | "new-password";
  error: string | undefined;
}

export function PasswordField({ name, label, kind, error }: PasswordFieldProps) {
  const { t } = useTranslation();
  const rule = t(($) => $.auth.passwordRule, { count: SHORTEST_PASSWORD });
  return (
    <Field label={label} hint={kind === "new-password" ? rule : undefined} error={error}>
      {(control) => (
        <SecretInput
          {...control}
          name={name}
          autoComplete={kind}
          showLabel={t(($) => $.auth.showPassword)}
          hideLabel={t(($) => $.auth.hidePassword)}
        />
      )}
    </Field>
  );
}
