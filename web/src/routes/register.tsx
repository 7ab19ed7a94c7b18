/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function RegisterPage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.auth.title)}</h1>;
}
