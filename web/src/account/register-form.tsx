/** Name, e-mail and password, to make an account. */
import { useTranslation } from "react-i18next";
import { clockText } from "@/i18n/dates";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Form, textOf } from "@/ui/form";
import { api } from "@/wire/api";
import { PasswordField, SHORTEST_PASSWORD } from "./password-field";
import { useEnter } from "./requests";
import type { SignedIn } from "./types";
import { useWait } from "./wait";

interface Registration {
  name: string;
  email: string;
  password: string;
}

const FIELDS = ["name", "email", "password"];
const FIELD_OF_CODE = { email_taken: "email" };

export function RegisterForm({ from }: { from: string | undefined }) {
  const { t } = useTranslation();

  async function register(values: Registration): Promise<SignedIn> {
    refuseFields({
      name: values.name === "" && t(($) => $.auth.nameMissing),
      email: values.email === "" && t(($) => $.auth.emailMissing),
      password:
        values.password.length < SHORTEST_PASSWORD && t(($) => $.auth.passwordRule, { count: SHORTEST_PASSWORD }),
    });
    return await api.post<SignedIn>("/auth/register", values);
  }

  const entering = useEnter(register, from);
  const problems = formProblems(entering.error, FIELDS, FIELD_OF_CODE);
  const wait = useWait(entering.error, entering.submittedAt);
  return (
    <Form
      failure={entering.error}
      message={wait === null ? problems.rest : t(($) => $.auth.tooManyAttempts, { time: clockText(wait) })}
      onSubmit={(values) =>
        entering.mutate({
          name: textOf(values, "name").trim(),
          email: textOf(values, "email").trim(),
          password: textOf(values, "password"),
        })
      }
    >
      <Field label={t(($) => $.auth.name)} error={problems.of("name")}>
        {(control) => <Input {...control} name="name" autoComplete="name" maxLength={100} autoFocus />}
      </Field>
      <Field label={t(($) => $.auth.email)} error={problems.of("email")}>
        {(control) => <Input {...control} name="email" type="email" autoComplete="username" />}
      </Field>
      <PasswordField
        name="password"
        label={t(($) => $.auth.password)}
        kind="new-password"
        error={problems.of("password")}
      />
      <Button type="submit" look="primary" busy={entering.isPending} disabled={wait !== null} className="mt-2 h-11">
        {t(($) => $.auth.register)}
      </Button>
    </Form>
  );
}
