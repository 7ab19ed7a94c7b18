/** How to reach a new provider. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formProblems } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Form } from "@/ui/form";
import { Select } from "@/ui/select";
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
import type { Kind, Preset, Provider } from "./types";

interface NewProviderFormProps {
  /** Null when the person says everything themselves. */
  preset: Preset | null;
  kinds: readonly Kind[];
  mayShare: boolean;
  onDone: () => void;
}

export function NewProviderForm({ preset, kinds, mayShare, onDone }: NewProviderFormProps) {
  const { t } = useTranslation();
  const readFields = useReadFields();
  const [kind, setKind] = useState(preset?.kind ?? kinds[0]?.kind ?? "");
  const [isShared, setShared] = useState(mayShare);
  const adding = useProviderChange(async (values: FormData) => {
    const wanted = { ...readFields(values), kind, shared: isShared };
    return await api.post<Provider>("/providers", wanted);
  });
  const problems = formProblems(adding.error, FIELDS, FIELD_OF_CODE);
  const start = preset ?? { name: "", base_url: usualAddress(kinds, kind) };
  return (
    <Form
      failure={adding.error}
      message={problems.rest}
      onSubmit={(values) =>
        adding.mutate(values, {
          onSuccess: (provider) => {
            toast(t(($) => $.providers.added, { name: provider.name }));
            onDone();
          },
        })
      }
    >
      {preset === null && <KindField value={kind} kinds={kinds} onChange={setKind} error={problems.of("kind")} />}
      <NameField value={start.name} error={problems.of("name")} />
      {/* Another protocol has another usual address. */}
      <AddressField key={kind} value={start.base_url} error={problems.of("base_url")} />
      <KeyField error={problems.of("api_key")} hint={t(($) => $.providers.keyHint)} />
      <ModelNamesField value={[]} error={problems.of("model_names")} />
      {mayShare && <ShareSwitch checked={isShared} onChange={setShared} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={adding.isPending}>
          {t(($) => $.providers.addThis)}
        </Button>
      </div>
    </Form>
  );
}

function usualAddress(kinds: readonly Kind[], kind: string): string {
  return kinds.find((item) => item.kind === kind)?.default_base_url ?? "";
}

interface KindFieldProps {
  value: string;
  kinds: readonly Kind[];
  onChange: (kind: string) => void;
  error: string | undefined;
}

function KindField({ value, kinds, onChange, error }: KindFieldProps) {
  const { t } = useTranslation();
  const names: Readonly<Record<string, string>> = t(($) => $.providers.kinds, { returnObjects: true });
  return (
    <Field label={t(($) => $.providers.kind)} hint={t(($) => $.providers.kindHint)} error={error}>
      {(control) => (
        <Select
          id={control.id}
          value={value}
          onChange={onChange}
          options={kinds.map(({ kind }) => ({ value: kind, label: names[kind] ?? kind }))}
        />
      )}
    </Field>
  );
}
