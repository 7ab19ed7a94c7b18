/** The model that runs on the server itself: whether it is there, and how to get it when it is not. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { CopyField } from "@/ui/copy-field";
import { LoadState } from "@/ui/load-state";
import { Panel, Section } from "@/ui/page";
import { modelsQuery } from "@/wire/queries";
import type { ModelList } from "@/wire/types";
import { ModelRows } from "./model-rows";

/** The kind of the models that the server runs itself. */
const BUILT_IN = "local";

const PULL = "chatbox models pull";

export function BuiltIn() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const models = useQuery(modelsQuery);
  return (
    <Section title={t(($) => $.providers.builtIn)} description={t(($) => $.providers.builtInHint)}>
      <LoadState query={models} words={words}>
        {(list) => <BuiltInState list={list} />}
      </LoadState>
    </Section>
  );
}

function BuiltInState({ list }: { list: ModelList }) {
  const { t } = useTranslation();
  const own = list.items.filter((model) => model.kind === BUILT_IN);
  return (
    <>
      {list.builtin.state === "unsupported" && (
        <Panel className="px-4 py-6 text-soft">{t(($) => $.providers.builtInUnsupported)}</Panel>
      )}
      {list.builtin.state === "missing" && (
        <Panel className="grid gap-3 px-4 py-6">
          <p>{t(($) => $.providers.builtInMissing)}</p>
          <CopyField
            value={PULL}
            label={t(($) => $.providers.command)}
            copyLabel={t(($) => $.app.copy)}
            copiedLabel={t(($) => $.app.copied)}
          />
        </Panel>
      )}
      {own.length > 0 && <ModelRows models={own} label={t(($) => $.providers.builtIn)} />}
    </>
  );
}
