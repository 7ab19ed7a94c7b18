/** Making an account; the first one of a server becomes its admin. */
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Door } from "@/account/door";
import { RegisterForm } from "@/account/register-form";
import { standingQuery } from "@/account/requests";
import { useLoadWords } from "@/i18n/load-words";
import { LoadState } from "@/ui/load-state";
import { Notice } from "@/ui/notice";

export function RegisterPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/register" });
  const standing = useQuery(standingQuery);
  const words = useLoadWords();
  const isFirst = standing.data?.has_accounts === false;
  return (
    <Door
      title={isFirst ? t(($) => $.auth.firstTitle) : t(($) => $.auth.register)}
      intro={isFirst ? t(($) => $.auth.firstIntro) : undefined}
    >
      <LoadState query={standing} words={words}>
        {({ registration_open: isOpen }) =>
          isOpen ? <RegisterForm from={search.from} /> : <Notice>{t(($) => $.auth.closed)}</Notice>
        }
      </LoadState>
      {!isFirst && (
        <p className="mt-6 text-soft">
          {t(($) => $.auth.accountAlready)}{" "}
          <Link to="/sign-in" search={search} className="text-accent underline">
            {t(($) => $.auth.signIn)}
          </Link>
        </p>
      )}
    </Door>
  );
}
