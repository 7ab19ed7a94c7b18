/** One provider: what it is, whether it works, and what can be done with it. */
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { Badge } from "@/ui/badge";
import { Button, IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Panel } from "@/ui/page";
import { Switch } from "@/ui/switch";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { ModelsPreview } from "./models-preview";
import { ProviderState } from "./provider-state";
import { useProviderChange } from "./requests";
import type { Provider, ProviderTest } from "./types";

export function ProviderCard({ provider, onEdit }: { provider: Provider; onEdit: () => void }) {
  const testing = useProviderChange<ProviderTest, string>(() => api.post(`/providers/${provider.id}/test`));
  // What a test finds is about this address and key; after a change it says nothing any more.
  const reach = `${provider.base_url ?? ""} ${provider.key_hint ?? ""}`;
  const tested = testing.variables === reach ? testing : undefined;
  return (
    <Panel className="p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Title provider={provider} />
        {provider.can_edit && (
          <Actions
            provider={provider}
            onEdit={onEdit}
            onTest={() => testing.mutate(reach)}
            isTesting={testing.isPending}
          />
        )}
      </div>
      <Reach provider={provider} />
      <ProviderState
        provider={provider}
        test={tested?.data}
        failure={tested?.error ?? null}
        isTesting={testing.isPending}
      />
      <ModelsPreview providerId={provider.id} count={provider.models_count} />
      {provider.can_edit && <EnabledSwitch provider={provider} />}
    </Panel>
  );
}

function Title({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  return (
    <h3 className="flex min-w-0 flex-1 flex-wrap items-center gap-2 text-body font-strong">
      {provider.name}
      <Badge>{provider.shared ? t(($) => $.providers.forAll) : t(($) => $.providers.forMe)}</Badge>
      {!provider.enabled && <Badge tone="danger">{t(($) => $.providers.off)}</Badge>}
    </h3>
  );
}

interface ActionsProps {
  provider: Provider;
  onEdit: () => void;
  onTest: () => void;
  isTesting: boolean;
}

function Actions({ provider, onEdit, onTest, isTesting }: ActionsProps) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-1">
      <Button busy={isTesting} onClick={onTest}>
        {t(($) => $.providers.test)}
      </Button>
      <IconButton
        label={t(($) => $.providers.editOf, { name: provider.name })}
        icon={<Pencil size={18} />}
        onClick={onEdit}
      />
      <DeleteButton provider={provider} />
    </div>
  );
}

/** Where the provider is and with which key; not for those who may not change it. */
function Reach({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  if (provider.base_url === null) return null;
  const hint = provider.key_hint ?? "…";
  const key = provider.has_key ? t(($) => $.providers.keyKnown, { hint }) : t(($) => $.providers.noKey);
  return (
    <p className="text-small text-soft">
      {provider.base_url} · {key}
    </p>
  );
}

function EnabledSwitch({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const switching = useProviderChange((enabled: boolean) => api.patch(`/providers/${provider.id}`, { enabled }));
  return (
    <div className="mt-4 border-t border-line pt-3">
      <Switch
        label={t(($) => $.providers.enabled)}
        hint={t(($) => $.providers.enabledHint)}
        checked={switching.isPending ? switching.variables : provider.enabled}
        onChange={(enabled) => switching.mutate(enabled, { onError: (error) => toastError(failureText(error)) })}
      />
    </div>
  );
}

function DeleteButton({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const deleting = useProviderChange(() => api.delete(`/providers/${provider.id}`));
  return (
    <>
      <IconButton
        label={t(($) => $.providers.deleteOf, { name: provider.name })}
        icon={<Trash2 size={18} />}
        disabled={deleting.isPending}
        onClick={() => setAsking(true)}
      />
      <Confirm
        open={isAsking}
        onOpenChange={setAsking}
        title={t(($) => $.providers.deleteOf, { name: provider.name })}
        description={provider.shared ? t(($) => $.providers.deleteSharedHint) : t(($) => $.providers.deleteHint)}
        confirmLabel={t(($) => $.app.delete)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={() => deleting.mutate(undefined, { onError: (error) => toastError(failureText(error)) })}
        danger
      />
    </>
  );
}
