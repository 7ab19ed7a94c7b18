/** Changes a provider. Its key is never shown; a new address wipes it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formProblems } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { toast } from "@/ui/toast";
import { api } from "@/wire/api";
import {
  AddressField,
  FIELD_OF_CODE,
  FIELDS,
  KeyField,
  ModelNamesField,
  NameField,
  ShareSwitch,
  useReadFields,
} from "./provider-fields";
import { useProviderChange } from "./requests";
import type { Provider } from "./types";

interface EditProviderProps {
  /** Null when nothing is being changed. */
  provider: Provider | null;
  onClose: () => void;
  mayShare: boolean;
}

export function EditProvider({ provider, onClose, mayShare }: EditProviderProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={provider !== null}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={t(($) => $.providers.editOf, { name: provider?.name ?? "" })}
      closeLabel={t(($) => $.app.close)}
    >
      {provider !== null && <EditForm provider={provider} onClose={onClose} mayShare={mayShare} />}
    </Dialog>
  );
}

function EditForm({ provider, onClose, mayShare }: EditProviderProps & { provider: Provider }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState(provider.base_url ?? "");
  const [isShared, setShared] = useState(provider.shared);
  const readFields = useReadFields();
  const saving = useProviderChange(async (values: FormData) => {
    const wanted = { ...readFields(values), ...(mayShare ? { shared: isShared } : {}) };
    return await api.patch<Provider>(`/providers/${provider.id}`, wanted);
  });
  const problems = formProblems(saving.error, FIELDS, FIELD_OF_CODE);
  return (
    <Form
      failure={saving.error}
      message={problems.rest}
      onSubmit={(values) =>
        saving.mutate(values, {
          onSuccess: () => {
            toast(t(($) => $.providers.saved, { name: provider.name }));
            onClose();
          },
        })
      }
    >
      <NameField value={provider.name} error={problems.of("name")} />
      <AddressField
        value={provider.base_url ?? ""}
        error={problems.of("base_url")}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      {provider.has_key && isElsewhere(address, provider.base_url) && (
        <Notice tone="warning">{t(($) => $.providers.keyWiped)}</Notice>
      )}
      <KeyField
        error={problems.of("api_key")}
        hint={
          provider.has_key
            ? t(($) => $.providers.keyKept, { hint: provider.key_hint ?? "…" })
            : t(($) => $.providers.keyHint)
        }
      />
      <ModelNamesField value={provider.model_names} error={problems.of("model_names")} />
      {mayShare && <ShareSwitch checked={isShared} onChange={setShared} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={saving.isPending}>
          {t(($) => $.app.save)}
        </Button>
      </div>
    </Form>
  );
}

/** Whether the server will take the typed address for a new one; it ignores slashes at the end. */
function isElsewhere(typed: string, known: string | null): boolean {
  return typed.trim().replace(/\/+$/, "") !== (known ?? "").replace(/\/+$/, "");
}
