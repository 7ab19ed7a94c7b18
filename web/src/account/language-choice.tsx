/** Chooses the language of this browser, before anybody has signed in. */
import { useTranslation } from "react-i18next";
import { changeLanguage, currentLanguage, LANGUAGES } from "@/i18n/start";
import { Select } from "@/ui/select";

const OPTIONS = LANGUAGES.map(({ tag, name }) => ({ value: tag, label: name }));

export function LanguageChoice() {
  const { t } = useTranslation();
  return (
    <Select
      label={t(($) => $.app.language)}
      value={currentLanguage()}
      onChange={(tag) => void changeLanguage(tag)}
      options={OPTIONS}
    />
  );
}
