/** How large one file, and all files of one person, may be. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formProblems, refuseFields } from "@/i18n/form-problems";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { Field, Input } from "@/ui/field";
import { Form, textOf } from "@/ui/form";
import { LoadState } from "@/ui/load-state";
import { Section } from "@/ui/page";
import { toast } from "@/ui/toast";
import { api } from "@/wire/api";
import { settingsQuery } from "./requests";
import type { FileLimitsPatch, ServerSettings } from "./types";

export function FileLimits() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const settings = useQuery(settingsQuery);
  return (
    <Section title={t(($) => $.admin.files)} description={t(($) => $.admin.filesHint)}>
      <LoadState query={settings} words={words}>
        {(current) => (
          // What another administrator chose meanwhile is shown anew.
          <LimitsForm key={`${current.upload_limit_mb} ${current.file_quota_mb}`} current={current} />
        )}
      </LoadState>
    </Section>
  );
}

const NAMES = ["upload_limit_mb", "file_quota_mb"] as const;
const LABELS = { upload_limit_mb: "uploadLimit", file_quota_mb: "fileQuota" } as const;

function LimitsForm({ current }: { current: ServerSettings }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const saving = useMutation({
    mutationFn: async (values: FormData) => {
      const [upload, quota] = NAMES.map((name) => textOf(values, name).trim());
      const wrong = (typed = "") => !/^(?:[1-9]\d*)?$/.test(typed) && t(($) => $.admin.limitWrong);
      refuseFields({ upload_limit_mb: wrong(upload), file_quota_mb: wrong(quota) });
      return await api.patch<ServerSettings>("/admin/settings", {
        upload_limit_mb: megabytes(upload),
        file_quota_mb: megabytes(quota),
      } satisfies FileLimitsPatch);
    },
    onSuccess: (chosen) => {
      toast(t(($) => $.admin.limitsSaved));
      queryClient.setQueryData(settingsQuery.queryKey, chosen);
      // Uploads ask for the limits too.
      return queryClient.invalidateQueries();
    },
  });
  const problems = formProblems(saving.error, NAMES, { file_limit_over_quota: "upload_limit_mb" });
  return (
    <Form failure={saving.error} message={problems.rest} onSubmit={saving.mutate} className="max-w-form">
      {NAMES.map((name) => (
        <Field
          key={name}
          label={t(($) => $.admin[LABELS[name]])}
          hint={t(($) => $.admin.limitDefault, { megabytes: current.defaults[name] })}
          error={problems.of(name)}
        >
          {(control) => (
            <Input {...control} name={name} defaultValue={current[name] ?? ""} inputMode="numeric" maxLength={9} />
          )}
        </Field>
      ))}
      <div>
        <Button type="submit" busy={saving.isPending}>
          {t(($) => $.app.save)}
        </Button>
      </div>
    </Form>
  );
}

function megabytes(typed = ""): number | null {
  return typed === "" ? null : Number(typed);
}
