/** The list of chats with what stands above it: a new chat, the search by title. */
import { Link } from "@tanstack/react-router";
import { Archive, Files, PanelLeftClose, Search, SquarePen, X } from "lucide-react";
import { useDeferredValue, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { keyNames, useShortcut } from "@/ui/use-shortcut";
import { SessionList } from "./session-list";

interface SidebarProps {
  onClose: () => void;
  /** It lies over the page, as on a phone, and takes the focus when it opens. */
  isDrawer: boolean;
  /** What stands at the bottom: the person's own menu. */
  footer: ReactNode;
}

const PLACE = "flex h-9 items-center gap-3 rounded-box px-3 text-soft hover:bg-sunken coarse:h-11";

export function Sidebar({ onClose, isDrawer, footer }: SidebarProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  return (
    <nav aria-label={t(($) => $.sessions.title)} className="flex h-full min-h-0 flex-col bg-side">
      <div className="flex h-14 items-center justify-between pr-2 pl-5">
        <span className="text-body font-strong">{t(($) => $.app.name)}</span>
        <IconButton
          isPlain={isDrawer}
          label={t(($) => $.app.closeSidebar)}
          shortcut={keyNames("mod+b").join(" ")}
          icon={<PanelLeftClose size={18} />}
          onClick={onClose}
        />
      </div>
      <div className="flex flex-col gap-1 px-2 pb-2">
        <Link to="/" className="flex h-9 items-center gap-3 rounded-box px-3 hover:bg-sunken coarse:h-11">
          <SquarePen size={16} className="text-accent" />
          {t(($) => $.sessions.new)}
        </Link>
        <SearchField value={search} onChange={setSearch} />
      </div>
      <SessionList search={wanted} />
      <div className="mt-auto border-t border-line p-2">
        <Link to="/files" className={PLACE} activeProps={{ className: "bg-tint" }}>
          <Files size={16} />
          {t(($) => $.app.files)}
        </Link>
        <Link to="/archive" className={PLACE} activeProps={{ className: "bg-tint" }}>
          <Archive size={16} />
          {t(($) => $.sessions.archiveTitle)}
        </Link>
        {footer}
      </div>
    </nav>
  );
}

export function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useShortcut("mod+k", (event) => {
    event.preventDefault();
    input.current?.focus();
  });
  return (
    <div className="relative flex items-center">
      <Search size={16} className="pointer-events-none absolute left-3 text-soft" />
      <input
        ref={input}
        type="search"
        value={value}
        aria-label={t(($) => $.sessions.search)}
        placeholder={t(($) => $.sessions.search)}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onChange("");
        }}
        className="h-9 w-full rounded-box bg-transparent pr-9 pl-10 hover:bg-sunken focus:bg-raised [&::-webkit-search-cancel-button]:hidden coarse:h-11 coarse:text-body"
      />
      {value !== "" && (
        <IconButton
          size="small"
          label={t(($) => $.sessions.clearSearch)}
          icon={<X size={16} />}
          onClick={() => onChange("")}
          className="absolute right-0.5"
        />
      )}
    </div>
  );
}
