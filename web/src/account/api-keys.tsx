/** The keys that let a person's own programs in. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { agoText, dayText } from "@/i18n/dates";
import { useLoadWords } from "@/i18n/load-words";
import { failureText } from "@/i18n/server-text";
import { Badge } from "@/ui/badge";
import { Button, IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { LoadState } from "@/ui/load-state";
import { Panel, Row, Rows, Section } from "@/ui/page";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import type { User } from "@/wire/types";
import { NewApiKey } from "./new-api-key";
import { apiKeysQuery } from "./requests";
import type { ApiKey } from "./types";

export function ApiKeys({ me }: { me: User }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const keys = useInfiniteQuery(apiKeysQuery);
  const [isMaking, setMaking] = useState(false);
  return (
    <Section
      title={t(($) => $.account.apiKeys)}
      description={t(($) => $.account.apiKeysHint)}
      action={
        <Button icon={<Plus size={16} />} onClick={() => setMaking(true)}>
          {t(($) => $.account.newKey)}
        </Button>
      }
    >
      <LoadState query={keys} words={words}>
        {({ pages }) => <KeyList keys={pages.flatMap((page) => page.items)} />}
      </LoadState>
      {keys.hasNextPage && (
        <Button className="mt-4" busy={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>
          {t(($) => $.account.showMore)}
        </Button>
      )}
      <NewApiKey open={isMaking} onOpenChange={setMaking} mayAdminister={me.role === "admin"} />
    </Section>
  );
}

function KeyList({ keys }: { keys: readonly ApiKey[] }) {
  const { t } = useTranslation();
  if (keys.length === 0) return <Panel className="px-4 py-6 text-soft">{t(($) => $.account.noKeys)}</Panel>;
  return (
    <Rows label={t(($) => $.account.apiKeys)}>
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} />
      ))}
    </Rows>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const deleting = useMutation({
    mutationFn: () => api.delete(`/auth/api-keys/${apiKey.id}`),
    onError: (error) => toastError(failureText(error)),
    onSettled: () => queryClient.invalidateQueries(apiKeysQuery),
  });
  return (
    <Row
      action={
        <IconButton
          label={t(($) => $.account.deleteKey, { name: apiKey.name })}
          icon={<Trash2 size={18} />}
          disabled={deleting.isPending}
          onClick={() => setAsking(true)}
        />
      }
    >
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-strong">{apiKey.name}</span>
        <code className="font-mono text-small text-soft">{apiKey.prefix}…</code>
        {apiKey.scopes.map((scope) => (
          <Badge key={scope}>{t(($) => $.account.scopes[scope])}</Badge>
        ))}
        <Expiry at={apiKey.expires_at} />
      </p>
      <p className="text-small text-soft">
        {apiKey.last_used_at === null
          ? t(($) => $.account.keyUnused, { made: dayText(apiKey.created_at) })
          : t(($) => $.account.keyUsed, { made: dayText(apiKey.created_at), used: agoText(apiKey.last_used_at) })}
      </p>
      <Confirm
        open={isAsking}
        onOpenChange={setAsking}
        title={t(($) => $.account.deleteKey, { name: apiKey.name })}
        description={t(($) => $.account.deleteKeyHint)}
        confirmLabel={t(($) => $.app.delete)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={() => deleting.mutate()}
        danger
      />
    </Row>
  );
}

function Expiry({ at }: { at: string | null }) {
  const { t } = useTranslation();
  const [openedAt] = useState(Date.now);
  if (at === null) return null;
  if (new Date(at).getTime() <= openedAt) return <Badge tone="danger">{t(($) => $.account.expired)}</Badge>;
  return <Badge>{t(($) => $.account.expires, { day: dayText(at) })}</Badge>;
}
