/** The settings of one chat: instructions and the model's parameters. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { Button, IconButton } from "@/ui/button";
import { Drawer } from "@/ui/dialog";
import { Field, Textarea } from "@/ui/field";
import { Select } from "@/ui/select";
import { toast, toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { putSession } from "@/wire/session-cache";
import type { SessionOut, SessionPatch } from "@/wire/types";
import { NumberField } from "./number-field";
import { draftOf, patchOf, RANGES, type NumberName, type SettingsDraft } from "./session-settings";

interface SessionPanelProps {
  session: SessionOut;
  onClose: () => void;
}

export function SessionPanel({ session, onClose }: SessionPanelProps) {
  const { t } = useTranslation();
  const title = t(($) => $.chat.settings);
  return (
    <Drawer open onOpenChange={onClose} title={title} side="right">
      <header className="flex items-start justify-between pt-4 pr-2 pl-5">
        <div>
          <p aria-hidden className="text-title font-strong">
            {title}
          </p>
          <p className="text-small text-soft">{t(($) => $.chat.settingsHint)}</p>
        </div>
        <IconButton isPlain label={t(($) => $.app.close)} icon={<X size={18} />} onClick={onClose} />
      </header>
      <SettingsForm session={session} onSaved={onClose} />
    </Drawer>
  );
}

function SettingsForm({ session, onSaved }: { session: SessionOut; onSaved: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<SettingsDraft>(() => draftOf(session));
  const save = useSave(session.id, onSaved);
  const patch = patchOf(draft);
  const change = (part: Partial<SettingsDraft>) => setDraft({ ...draft, ...part });
  const number = (name: NumberName) => ({
    range: RANGES[name],
    value: draft[name],
    onChange: (value: string) => change({ [name]: value }),
  });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (patch !== undefined) save.mutate(patch);
  };
  return (
    <form onSubmit={onSubmit} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-5 py-4">
        <Field label={t(($) => $.chat.systemPrompt)} hint={t(($) => $.chat.systemPromptHint)}>
          {(control) => (
            <Textarea
              {...control}
              rows={6}
              value={draft.system_prompt}
              onChange={(event) => change({ system_prompt: event.target.value })}
            />
          )}
        </Field>
        <ReasoningField value={draft.reasoning} onChange={(reasoning) => change({ reasoning })} />
        <NumberField
          {...number("temperature")}
          label={t(($) => $.chat.temperature)}
          hint={t(($) => $.chat.temperatureHint)}
        />
        <NumberField {...number("top_p")} label={t(($) => $.chat.topP)} hint={t(($) => $.chat.topPHint)} />
        <NumberField {...number("max_tokens")} label={t(($) => $.chat.maxTokens)} />
        <NumberField
          {...number("context_tokens")}
          label={t(($) => $.chat.contextTokens)}
          hint={t(($) => $.chat.contextTokensHint)}
        />
      </div>
      <div className="flex justify-end gap-2 border-t border-line px-5 py-3">
        <Button type="submit" look="primary" busy={save.isPending} disabled={patch === undefined}>
          {t(($) => $.app.save)}
        </Button>
      </div>
    </form>
  );
}

const LEVELS = ["auto", "off", "low", "medium", "high"] as const;

function ReasoningField({
  value,
  onChange,
}: {
  value: SettingsDraft["reasoning"];
  onChange: (value: SettingsDraft["reasoning"]) => void;
}) {
  const { t } = useTranslation();
  return (
    <Field label={t(($) => $.chat.reasoning)}>
      {(control) => (
        <Select
          id={control.id}
          value={value}
          onChange={onChange}
          options={LEVELS.map((level) => ({ value: level, label: t(($) => $.chat.reasoningLevels[level]) }))}
        />
      )}
    </Field>
  );
}

function useSave(sessionId: string, onSaved: () => void) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (patch: SessionPatch) => api.patch<SessionOut>(`/sessions/${sessionId}`, patch),
    onSuccess: (session) => {
      putSession(queryClient, session);
      toast(t(($) => $.chat.settingsSaved));
      onSaved();
    },
    onError: (failure) => toastError(failureText(failure)),
  });
}
