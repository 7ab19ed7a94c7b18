/** The language of the account and the theme of this browser; both take effect at once. */
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { changeLanguage, followBrowser, languageFor, LANGUAGES, type Language } from "@/i18n/start";
import { Field } from "@/ui/field";
import { Section } from "@/ui/page";
import { Select } from "@/ui/select";
import { toastError } from "@/ui/toast";
import type { User } from "@/wire/types";
import { useChangeProfile } from "./requests";
import { ThemeChoice } from "./theme-choice";

/** Stands for "that of the browser", for which the wire has null. */
const BROWSER = "browser";

async function speak(choice: Language | typeof BROWSER): Promise<void> {
  await (choice === BROWSER ? followBrowser() : changeLanguage(choice));
}

export function Appearance({ me }: { me: User }) {
  const { t } = useTranslation();
  const changing = useChangeProfile();
  const saved = languageFor(me.language) ?? BROWSER;

  function choose(choice: Language | typeof BROWSER): void {
    void speak(choice);
    changing.mutate(
      { language: choice === BROWSER ? null : choice },
      {
        onError: (error) => {
          toastError(failureText(error));
          void speak(saved);
        },
      },
    );
  }

  return (
    <Section title={t(($) => $.account.appearance)}>
      <div className="grid max-w-form gap-4 sm:grid-cols-2">
        <Field label={t(($) => $.app.language)} hint={t(($) => $.account.languageHint)}>
          {(control) => (
            <Select
              id={control.id}
              value={saved}
              onChange={choose}
              disabled={changing.isPending}
              options={[
                { value: BROWSER, label: t(($) => $.account.languageOfBrowser) },
                ...LANGUAGES.map(({ tag, name }) => ({ value: tag, label: name })),
              ]}
            />
          )}
        </Field>
        <Field label={t(($) => $.app.theme)} hint={t(($) => $.account.themeHint)}>
          {(control) => <ThemeChoice id={control.id} />}
        </Field>
      </div>
    </Section>
  );
}
