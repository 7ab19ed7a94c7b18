/** The name that others see, and the address to sign in with. */
import { useTranslation } from "react-i18next";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Form, textOf } from "@/ui/form";
import { Section } from "@/ui/page";
import { toast } from "@/ui/toast";
import type { User } from "@/wire/types";
import { useMutation } from "@tanstack/react-query";
import { useChangeProfile } from "./requests";

export function Profile({ me }: { me: User }) {
  const { t } = useTranslation();
  const { mutateAsync: changeProfile } = useChangeProfile();
  const saving = useMutation({
    mutationFn: async (name: string) => {
      refuseFields({ name: name === "" && t(($) => $.auth.nameMissing) });
      return await changeProfile({ name });
    },
    onSuccess: () => toast(t(($) => $.account.saved)),
  });
  const problems = formProblems(saving.error, ["name"]);
  return (
    <Section title={t(($) => $.account.profile)}>
      <Form
        failure={saving.error}
        message={problems.rest}
        onSubmit={(values) => saving.mutate(textOf(values, "name").trim())}
        className="max-w-form"
      >
        <Field label={t(($) => $.auth.name)} error={problems.of("name")}>
          {(control) => <Input {...control} name="name" defaultValue={me.name} autoComplete="name" maxLength={100} />}
        </Field>
        <Field label={t(($) => $.auth.email)} hint={t(($) => $.account.emailHint)}>
          {(control) => <Input {...control} value={me.email} readOnly className="bg-sunken" />}
        </Field>
        <div>
          <Button type="submit" busy={saving.isPending}>
            {t(($) => $.app.save)}
          </Button>
        </div>
      </Form>
    </Section>
  );
}
