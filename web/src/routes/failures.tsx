/** What a person sees when an address leads nowhere or a view broke. */
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState
      isWholePage
      title={t(($) => $.app.notFound)}
      action={
        <Link to="/" className="text-accent underline">
          {t(($) => $.app.backHome)}
        </Link>
      }
    />
  );
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <EmptyState
      isWholePage
      title={failureText(error)}
      action={<Button onClick={reset}>{t(($) => $.app.tryAgain)}</Button>}
    />
  );
}
