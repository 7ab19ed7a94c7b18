/** Changes the password, which ends every other sign-in. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { clockText } from "@/i18n/dates";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Form, textOf } from "@/ui/form";
import { Section } from "@/ui/page";
import { toast } from "@/ui/toast";
import { api } from "@/wire/api";
import type { User } from "@/wire/types";
import { PasswordField, SHORTEST_PASSWORD } from "./password-field";
import { signInsQuery } from "./requests";
import { useWait } from "./wait";

interface PasswordChange {
  current_password: string;
  new_password: string;
}

const FIELDS = ["current_password", "new_password"];
const FIELD_OF_CODE = { current_password_wrong: "current_password" };

export function Password({ me }: { me: User }) {
  const { t } = useTranslation();
  const form = useRef<HTMLDivElement>(null);
  const queryClient = useQueryClient();
  const changing = useMutation({
    mutationFn: async (values: PasswordChange) => {
      refuseFields({
        current_password: values.current_password === "" && t(($) => $.auth.passwordMissing),
        new_password:
          values.new_password.length < SHORTEST_PASSWORD && t(($) => $.auth.passwordRule, { count: SHORTEST_PASSWORD }),
      });
      await api.post("/auth/password", values);
    },
    onSuccess: async () => {
      form.current?.querySelector("form")?.reset();
      toast(t(($) => $.account.passwordChanged));
      await queryClient.invalidateQueries(signInsQuery);
    },
  });
  const problems = formProblems(changing.error, FIELDS, FIELD_OF_CODE);
  const wait = useWait(changing.error, changing.submittedAt);
  return (
    <Section title={t(($) => $.auth.password)} description={t(($) => $.account.passwordHint)}>
      <div ref={form} className="max-w-form">
        <Form
          failure={changing.error}
          message={wait === null ? problems.rest : t(($) => $.auth.tooManyAttempts, { time: clockText(wait) })}
          onSubmit={(values) =>
            changing.mutate({
              current_password: textOf(values, "current_password"),
              new_password: textOf(values, "new_password"),
            })
          }
        >
          {/* Tells password managers whose password this is. */}
          <input type="text" name="username" autoComplete="username" value={me.email} readOnly hidden />
          <PasswordField
            name="current_password"
            label={t(($) => $.account.currentPassword)}
            kind="current-password"
            error={problems.of("current_password")}
          />
          <PasswordField
            name="new_password"
            label={t(($) => $.account.newPassword)}
            kind="new-password"
            error={problems.of("new_password")}
          />
          <div>
            <Button type="submit" busy={changing.isPending} disabled={wait !== null}>
              {t(($) => $.account.changePassword)}
            </Button>
          </div>
        </Form>
      </div>
    </Section>
  );
}
