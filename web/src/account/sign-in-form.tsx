/** E-mail and password, to sign in. */
import { useTranslation } from "react-i18next";
import { clockText } from "@/i18n/dates";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Form, textOf } from "@/ui/form";
import { api } from "@/wire/api";
import { PasswordField } from "./password-field";
import { useEnter } from "./requests";
import type { SignedIn } from "./types";
import { useWait } from "./wait";

interface Credentials {
  email: string;
  password: string;
}

export function SignInForm({ from }: { from: string | undefined }) {
  const { t } = useTranslation();

  async function signIn(values: Credentials): Promise<SignedIn> {
    refuseFields({
      email: values.email === "" && t(($) => $.auth.emailMissing),
      password: values.password === "" && t(($) => $.auth.passwordMissing),
    });
    return await api.post<SignedIn>("/auth/login", values);
  }

  const entering = useEnter(signIn, from);
  const problems = formProblems(entering.error, ["email", "password"]);
  const wait = useWait(entering.error, entering.submittedAt);
  return (
    <Form
      failure={entering.error}
      message={wait === null ? problems.rest : t(($) => $.auth.tooManyAttempts, { time: clockText(wait) })}
      onSubmit={(values) =>
        entering.mutate({ email: textOf(values, "email").trim(), password: textOf(values, "password") })
      }
    >
      <Field label={t(($) => $.auth.email)} error={problems.of("email")}>
        {(control) => <Input {...control} name="email" type="email" autoComplete="username" autoFocus />}
      </Field>
      <PasswordField
        name="password"
        label={t(($) => $.auth.password)}
        kind="current-password"
        error={problems.of("password")}
      />
      <Button type="submit" look="primary" busy={entering.isPending} disabled={wait !== null} className="mt-2 h-11">
        {t(($) => $.auth.signIn)}
      </Button>
    </Form>
  );
}
