/** Placeholder until its feature is built. */
import { useTranslation } from "react-i18next";

export function NewChatPage() {
  const { t } = useTranslation();
  return <h1>{t(($) => $.chat.title)}</h1>;
}
