/** The words of every place that waits for the server, as `ui/load-state.tsx` takes them. */
import { useTranslation } from "react-i18next";
import { failureText } from "./server-text";

export function useLoadWords() {
  const { t } = useTranslation();
  return { loading: t(($) => $.app.loading), retry: t(($) => $.app.tryAgain), failure: failureText };
}
