/** Signing in; on a server without any account it leads to making the first one. */
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Door } from "@/account/door";
import { standingQuery } from "@/account/requests";
import { SignInForm } from "@/account/sign-in-form";

export function SignInPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/sign-in" });
  const { data: standing } = useQuery(standingQuery);
  if (standing?.has_accounts === false) return <Navigate to="/register" search={search} replace />;
  return (
    <Door title={t(($) => $.auth.signIn)}>
      {/* The form works without knowing the server's standing; only the way to a new account depends on it. */}
      <SignInForm from={search.from} />
      {standing !== undefined && (
        <p className="mt-6 text-soft">
          {standing.registration_open ? (
            <>
              {t(($) => $.auth.noAccountYet)}{" "}
              <Link to="/register" search={search} className="text-accent underline">
                {t(($) => $.auth.register)}
              </Link>
            </>
          ) : (
            t(($) => $.auth.closedHint)
          )}
        </p>
      )}
    </Door>
  );
}
