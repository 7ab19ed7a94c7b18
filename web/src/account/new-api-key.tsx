/** Makes an API key and shows it, once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { CopyField } from "@/ui/copy-field";
import { Dialog } from "@/ui/dialog";
import { Field, Input } from "@/ui/field";
import { Form, textOf } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { Select } from "@/ui/select";
import { api } from "@/wire/api";
import { apiKeysQuery } from "./requests";
import { SCOPES, type ApiKeyMade, type Scope } from "./types";

const DAY_MS = 86_400_000;
const LIVES = ["30", "90", "365", "never"] as const;

type Life = (typeof LIVES)[number];

const FIELDS = ["name", "scopes"];
const FIELD_OF_CODE = { admin_scope_refused: "scopes" };

interface NewApiKeyProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  mayAdminister: boolean;
}

/** The key lives in this dialog only: closing it forgets the key for good. */
export function NewApiKey({ open, onOpenChange, mayAdminister }: NewApiKeyProps) {
  const { t } = useTranslation();
  const [made, setMade] = useState<ApiKeyMade | null>(null);

  function change(isOpen: boolean): void {
    if (!isOpen) setMade(null);
    onOpenChange(isOpen);
  }

  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={made === null ? t(($) => $.account.newKey) : t(($) => $.account.keyMade, { name: made.name })}
      closeLabel={t(($) => $.app.close)}
    >
      {made === null ? (
        <NewKeyForm mayAdminister={mayAdminister} onMade={setMade} />
      ) : (
        <div className="grid gap-4">
          <Notice>{t(($) => $.account.keyOnce)}</Notice>
          <CopyField
            value={made.key}
            label={t(($) => $.account.key)}
            copyLabel={t(($) => $.app.copy)}
            copiedLabel={t(($) => $.app.copied)}
          />
          <div className="flex justify-end">
            <Button look="primary" onClick={() => change(false)}>
              {t(($) => $.account.keyKept)}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

interface WantedKey {
  name: string;
  scopes: readonly string[];
  expires_at: string | null;
}

function NewKeyForm({ mayAdminister, onMade }: { mayAdminister: boolean; onMade: (made: ApiKeyMade) => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [life, setLife] = useState<Life>("90");
  const making = useMutation({
    mutationFn: async (wanted: WantedKey) => {
      refuseFields({
        name: wanted.name === "" && t(($) => $.account.keyNameMissing),
        scopes: wanted.scopes.length === 0 && t(($) => $.account.scopesMissing),
      });
      return await api.post<ApiKeyMade>("/auth/api-keys", wanted);
    },
    onSuccess: async (made) => {
      onMade(made);
      await queryClient.invalidateQueries(apiKeysQuery);
    },
    // The key must not stay in memory after the dialog has gone.
    gcTime: 0,
  });
  const problems = formProblems(making.error, FIELDS, FIELD_OF_CODE);
  return (
    <Form
      failure={making.error}
      message={problems.rest}
      onSubmit={(values) =>
        making.mutate({
          name: textOf(values, "name").trim(),
          scopes: values.getAll("scopes").map(String),
          expires_at: life === "never" ? null : new Date(Date.now() + Number(life) * DAY_MS).toISOString(),
        })
      }
    >
      <Field label={t(($) => $.account.keyName)} hint={t(($) => $.account.keyNameHint)} error={problems.of("name")}>
        {(control) => <Input {...control} name="name" autoComplete="off" maxLength={100} />}
      </Field>
      <ScopeChoice mayAdminister={mayAdminister} error={problems.of("scopes")} />
      <Field label={t(($) => $.account.keyLife)}>
        {(control) => (
          <Select
            id={control.id}
            value={life}
            onChange={setLife}
            options={LIVES.map((value) => ({ value, label: t(($) => $.account.lives[value]) }))}
          />
        )}
      </Field>
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={making.isPending}>
          {t(($) => $.account.makeKey)}
        </Button>
      </div>
    </Form>
  );
}

/** What a new key may do unless its maker says otherwise: what programs for chatting need. */
const USUAL: readonly Scope[] = ["read", "chat"];

function ScopeChoice({ mayAdminister, error }: { mayAdminister: boolean; error: string | undefined }) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend className="mb-1 text-ui font-strong">{t(($) => $.account.keyScopes)}</legend>
      {SCOPES.filter((scope) => scope !== "admin" || mayAdminister).map((scope) => (
        <Checkbox
          key={scope}
          name="scopes"
          value={scope}
          defaultChecked={USUAL.includes(scope)}
          aria-invalid={error === undefined ? undefined : true}
          label={t(($) => $.account.scopes[scope])}
          hint={t(($) => $.account.scopeHints[scope])}
        />
      ))}
      {error !== undefined && (
        <p role="alert" className="mt-1 text-small text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
