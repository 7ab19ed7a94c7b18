/** The models of one provider, folded away until they are asked for. */
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { LoadState } from "@/ui/load-state";
import { modelsQuery } from "@/wire/queries";
import { ModelRows } from "./model-rows";

export function ModelsPreview({ providerId, count }: { providerId: string; count: number }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (count === 0) return null;
  return (
    <details className="group mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="-ml-1 flex min-h-9 w-fit cursor-pointer list-none items-center gap-1 rounded-small px-1 text-soft hover:text-ink coarse:min-h-11 [&::-webkit-details-marker]:hidden">
        <ChevronRight size={16} aria-hidden className="transition-transform duration-100 group-open:rotate-90" />
        {t(($) => $.providers.modelsCount, { count })}
      </summary>
      {isOpen && <Models providerId={providerId} />}
    </details>
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
