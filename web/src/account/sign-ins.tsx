/** Every browser and app that is signed in, with a button that signs it out. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agoText, dayText } from "@/i18n/dates";
import { useLoadWords } from "@/i18n/load-words";
import { failureText } from "@/i18n/server-text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { LoadState } from "@/ui/load-state";
import { Row, Rows, Section } from "@/ui/page";
import { toast, toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { deviceOf } from "./device";
import { signInsQuery } from "./requests";
import type { SignIn } from "./types";

export function SignIns() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const signIns = useInfiniteQuery(signInsQuery);
  return (
    <Section title={t(($) => $.account.signIns)} description={t(($) => $.account.signInsHint)}>
      <LoadState query={signIns} words={words}>
        {({ pages }) => (
          <Rows label={t(($) => $.account.signIns)}>
            {pages
              .flatMap((page) => page.items)
              .map((signIn) => (
                <SignInRow key={signIn.id} signIn={signIn} />
              ))}
          </Rows>
        )}
      </LoadState>
      {signIns.hasNextPage && (
        <Button className="mt-4" busy={signIns.isFetchingNextPage} onClick={() => void signIns.fetchNextPage()}>
          {t(($) => $.account.showMore)}
        </Button>
      )}
    </Section>
  );
}

function SignInRow({ signIn }: { signIn: SignIn }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const device = useDeviceName(signIn.user_agent);
  const revoking = useMutation({
    mutationFn: () => api.delete(`/auth/sign-ins/${signIn.id}`),
    onSuccess: () => toast(t(($) => $.account.signInEnded, { device })),
    onError: (error) => toastError(failureText(error)),
    // A sign-in that was gone already leaves the list too.
    onSettled: () => queryClient.invalidateQueries(signInsQuery),
  });
  return (
    <Row
      action={
        signIn.is_current ? (
          <Badge tone="accent">{t(($) => $.account.thisDevice)}</Badge>
        ) : (
          <Button
            aria-label={t(($) => $.account.endSignInOf, { device })}
            busy={revoking.isPending}
            onClick={() => revoking.mutate()}
          >
            {t(($) => $.account.endSignIn)}
          </Button>
        )
      }
    >
      <p className="font-strong">{device}</p>
      <p className="text-small text-soft">
        {t(($) => $.account.signInFacts, {
          address: signIn.address,
          since: dayText(signIn.created_at),
          used: agoText(signIn.last_used_at),
        })}
      </p>
    </Row>
  );
}

function useDeviceName(userAgent: string): string {
  const { t } = useTranslation();
  const { program, system } = deviceOf(userAgent);
  if (program === "") return t(($) => $.account.unknownDevice);
  return system === undefined ? program : t(($) => $.account.device, { program, system });
}
