/** The models of one provider, folded away until they are asked for. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { Fold } from "@/ui/fold";
import { LoadState } from "@/ui/load-state";
import { modelsQuery } from "@/wire/queries";
import { ModelRows } from "./model-rows";

export function ModelsPreview({ providerId, count }: { providerId: string; count: number }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (count === 0) return null;
  return (
    <Fold title={t(($) => $.providers.modelsCount, { count })} onToggle={setOpen}>
      {isOpen && <Models providerId={providerId} />}
    </Fold>
  );
}

function Models({ providerId }: { providerId: string }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const models = useQuery(modelsQuery);
  return (
    <LoadState query={models} words={words}>
      {({ items }) => {
        const own = items.filter((model) => model.provider_id === providerId);
        if (own.length === 0) return <p className="px-1 py-2 text-soft">{t(($) => $.providers.modelsHidden)}</p>;
        return <ModelRows models={own} label={t(($) => $.providers.models)} />;
      }}
    </LoadState>
  );
}
