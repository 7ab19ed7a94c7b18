/** The fields that adding and changing a provider have in common. */
import type { ChangeEvent } from "react";
import { useTranslation } from "react-i18next";
import { refuseFields } from "@/i18n/form-problems";
import { Field, Input, Textarea } from "@/ui/field";
import { Fold } from "@/ui/fold";
import { textOf } from "@/ui/form";
import { SecretInput } from "@/ui/secret-input";
import { Switch } from "@/ui/switch";

/** The names of the fields on the wire, for the errors beside them. */
export const FIELDS = ["kind", "name", "base_url", "api_key", "model_names"];

export const FIELD_OF_CODE = { bad_base_url: "base_url", unknown_provider_kind: "kind" };

interface TextFieldProps {
  value: string;
  error: string | undefined;
}

export function NameField({ value, error }: TextFieldProps) {
  const { t } = useTranslation();
  return (
    <Field label={t(($) => $.providers.name)} hint={t(($) => $.providers.nameHint)} error={error}>
      {(control) => <Input {...control} name="name" defaultValue={value} autoComplete="off" maxLength={100} />}
    </Field>
  );
}

/** What a preset's address has in the place of the customer's own name. */
const OWN_PLACE = "RESOURCE";

interface AddressFieldProps extends TextFieldProps {
  onChange?: (event: ChangeEvent<HTMLInputElement>) => void;
}

export function AddressField({ value, error, onChange }: AddressFieldProps) {
  const { t } = useTranslation();
  const hint = value.includes(OWN_PLACE) ? t(($) => $.providers.ownPlace, { place: OWN_PLACE }) : undefined;
  return (
    <Field label={t(($) => $.providers.address)} hint={hint} error={error}>
      {(control) => (
        <Input
          {...control}
          name="base_url"
          type="url"
          defaultValue={value}
          onChange={onChange}
          placeholder="https://…"
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
        />
      )}
    </Field>
  );
}

export function KeyField({ error, hint }: { error: string | undefined; hint: string }) {
  const { t } = useTranslation();
  return (
    <Field label={t(($) => $.providers.key)} hint={hint} error={error}>
      {(control) => (
        <SecretInput
          {...control}
          name="api_key"
          // A browser must not offer to keep a provider's key as somebody's password.
          autoComplete="off"
          data-1p-ignore
          data-lpignore="true"
          maxLength={2000}
          showLabel={t(($) => $.providers.showKey)}
          hideLabel={t(($) => $.providers.hideKey)}
        />
      )}
    </Field>
  );
}

/** Folded away, since hardly anybody needs it. */
export function ModelNamesField({ value, error }: { value: readonly string[]; error: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Fold title={t(($) => $.providers.more)} open={value.length > 0 || error !== undefined}>
      <Field
        label={t(($) => $.providers.modelNames)}
        hint={t(($) => $.providers.modelNamesHint)}
        error={error}
        className="mt-2"
      >
        {(control) => (
          <Textarea
            {...control}
            name="model_names"
            defaultValue={value.join("\n")}
            spellCheck={false}
            className="font-mono"
          />
        )}
      </Field>
    </Fold>
  );
}

export function ShareSwitch({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <Switch
      label={t(($) => $.providers.share)}
      hint={t(($) => $.providers.shareHint)}
      checked={checked}
      onChange={onChange}
    />
  );
}

/** What the fields of a provider's form say, as the wire takes it; without a key there is no `api_key`. */
interface Wanted {
  name: string;
  base_url: string;
  model_names: readonly string[];
  api_key?: string;
}

/** Reads the fields, and refuses what the server would refuse anyway. */
export function useReadFields(): (values: FormData) => Wanted {
  const { t } = useTranslation();
  return (values) => {
    const name = textOf(values, "name").trim();
    const address = textOf(values, "base_url").trim();
    const key = textOf(values, "api_key").trim();
    refuseFields({
      name: name === "" && t(($) => $.providers.nameMissing),
      base_url:
        (address === "" && t(($) => $.providers.addressMissing)) ||
        (address.includes(OWN_PLACE) && t(($) => $.providers.ownPlace, { place: OWN_PLACE })),
    });
    const names = linesOf(textOf(values, "model_names"));
    return { name, base_url: address, model_names: names, ...(key === "" ? {} : { api_key: key }) };
  };
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}
