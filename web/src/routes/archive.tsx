/** The archive: chats that were put away. */
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { SessionList } from "@/sessions/session-list";
import { SearchField } from "@/sessions/sidebar";

export function ArchivePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const title = t(($) => $.sessions.archiveTitle);
  return (
    <div className="mx-auto flex h-full max-w-thread flex-col px-2 pt-6">
      <title>{`${title} · Chatbox`}</title>
      <header className="px-3 pb-4">
        <h1 className="text-title font-strong">{title}</h1>
        <p className="text-soft">{t(($) => $.sessions.archiveHint)}</p>
      </header>
      <SearchField value={search} onChange={setSearch} />
      <SessionList archived search={wanted} />
    </div>
  );
}
