/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function AccountPage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.account.title)}</h1>;
}
