/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function ArchivePage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.sessions.title)}</h1>;
}
