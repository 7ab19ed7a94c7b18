/** Whether strangers may make accounts. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { LoadState } from "@/ui/load-state";
import { Panel, Section } from "@/ui/page";
import { Switch } from "@/ui/switch";
import { api } from "@/wire/api";
import { settingsQuery, useDeed } from "./requests";

export function Registration() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const settings = useQuery(settingsQuery);
  const switching = useDeed((isOpen: boolean) => api.patch("/admin/settings", { registration_open: isOpen }));
  return (
    <Section title={t(($) => $.admin.registration)}>
      <LoadState query={settings} words={words}>
        {(current) => (
          <Panel className="px-4 py-3">
            <Switch
              label={t(($) => $.admin.registrationOpen)}
              hint={t(($) => $.admin.registrationHint)}
              checked={switching.isPending ? switching.variables : current.registration_open}
              onChange={switching.mutate}
            />
          </Panel>
        )}
      </LoadState>
    </Section>
  );
}
