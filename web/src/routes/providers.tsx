/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function ProvidersPage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.providers.title)}</h1>;
}
