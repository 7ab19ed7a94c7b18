/** The providers that models come from, and the built-in model. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { AddProvider } from "@/models/add-provider";
import { BuiltIn } from "@/models/built-in";
import { EditProvider } from "@/models/edit-provider";
import { ProviderList } from "@/models/provider-list";
import { providersQuery } from "@/models/requests";
import type { Provider } from "@/models/types";
import { Button } from "@/ui/button";
import { LoadState } from "@/ui/load-state";
import { Page, Section } from "@/ui/page";
import { meQuery } from "@/wire/queries";

export function ProvidersPage() {
  const { t } = useTranslation();
  const words = useLoadWords();
  const { data: me } = useQuery(meQuery);
  const providers = useQuery(providersQuery);
  const [isAdding, setAdding] = useState(false);
  const [edited, setEdited] = useState<Provider | null>(null);
  const mayShare = me?.role === "admin";
  const addButton = (
    <Button look="primary" icon={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t(($) => $.providers.add)}
    </Button>
  );
  const isEmpty = providers.data?.items.length === 0;
  return (
    <Page title={t(($) => $.app.providers)} intro={t(($) => $.providers.intro)}>
      <title>{`${t(($) => $.app.providers)} · ${t(($) => $.app.name)}`}</title>
      <Section title={t(($) => $.providers.title)} action={isEmpty ? undefined : addButton}>
        <LoadState query={providers} words={words}>
          {({ items }) => <ProviderList providers={items} addButton={addButton} onEdit={setEdited} />}
        </LoadState>
      </Section>
      <BuiltIn />
      <AddProvider open={isAdding} onOpenChange={setAdding} mayShare={mayShare} />
      <EditProvider provider={edited} onClose={() => setEdited(null)} mayShare={mayShare} />
    </Page>
  );
}
