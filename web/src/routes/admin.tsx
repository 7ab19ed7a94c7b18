/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function AdminPage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.admin.title)}</h1>;
}
