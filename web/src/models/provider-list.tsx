/** Every provider that the person can use, one card each. */
import { useTranslation } from "react-i18next";
import { Plug } from "lucide-react";
import type { ReactNode } from "react";
import { EmptyState } from "@/ui/empty-state";
import { Panel } from "@/ui/page";
import { ProviderCard } from "./provider-card";
import type { Provider } from "./types";

interface ProviderListProps {
  providers: readonly Provider[];
  /** Shown when there is none yet. */
  addButton: ReactNode;
  onEdit: (provider: Provider) => void;
}

export function ProviderList({ providers, addButton, onEdit }: ProviderListProps) {
  const { t } = useTranslation();
  if (providers.length === 0) {
    return (
      <Panel>
        <EmptyState icon={<Plug size={28} />} title={t(($) => $.providers.emptyTitle)} action={addButton}>
          {t(($) => $.providers.empty)}
        </EmptyState>
      </Panel>
    );
  }
  return (
    <ul className="grid gap-4">
      {providers.map((provider) => (
        <li key={provider.id}>
          <ProviderCard provider={provider} onEdit={() => onEdit(provider)} />
        </li>
      ))}
    </ul>
  );
}
