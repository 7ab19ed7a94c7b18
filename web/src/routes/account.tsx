/** A person's own account: profile, language and theme, password, sign-ins and API keys. */
import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiKeys } from "@/account/api-keys";
import { Appearance } from "@/account/appearance";
import { Password } from "@/account/password";
import { Profile } from "@/account/profile";
import { useSignOut } from "@/account/requests";
import { SignIns } from "@/account/sign-ins";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { LoadState } from "@/ui/load-state";
import { Page } from "@/ui/page";
import { meQuery } from "@/wire/queries";

export function AccountPage() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const me = useQuery(meQuery);
  const signingOut = useSignOut();
  return (
    <Page
      title={t(($) => $.app.account)}
      action={
        <Button icon={<LogOut size={16} />} busy={signingOut.isPending} onClick={() => signingOut.mutate()}>
          {t(($) => $.app.signOut)}
        </Button>
      }
    >
      <title>{`${t(($) => $.app.account)} · ${t(($) => $.app.name)}`}</title>
      <LoadState query={me} words={words}>
        {(user) => (
          <>
            <Profile me={user} />
            <Appearance me={user} />
            <Password me={user} />
            <SignIns />
            <ApiKeys me={user} />
          </>
        )}
      </LoadState>
    </Page>
  );
}
