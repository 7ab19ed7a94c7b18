/** The signed-in page: the list of chats beside what is open; on a phone it slides over. */
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useMatches, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { changeLanguage, currentLanguage, languageFor } from "@/i18n/start";
import { usePreview } from "@/files/preview-state";
import { Sidebar } from "@/sessions/sidebar";
import { setSidebar, useSidebar } from "@/sessions/sidebar-state";
import { Drawer } from "@/ui/dialog";
import { useIsPhone } from "@/ui/use-media";
import { useShortcut } from "@/ui/use-shortcut";
import { meQuery } from "@/wire/queries";
import { SidebarButton } from "./sidebar-button";
import { UserMenu } from "./user-menu";

const Preview = lazy(async () => ({ default: (await import("@/files/preview")).Preview }));
const ShortcutsHelp = lazy(async () => ({ default: (await import("./shortcuts-help")).ShortcutsHelp }));

export function AppLayout() {
  const { t } = useTranslation();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const isPhone = useIsPhone();
  const isPreviewing = usePreview(({ files }) => files.length > 0);
  const { isOpen, isDrawerOpen } = useSidebar();
  const hasOwnBar = useMatches().some((match) => match.staticData.hasOwnBar);
  useAccountLanguage();
  useCloseDrawerOnArrival();
  useGlobalShortcuts(() => setHelpOpen(true));
  const sidebar = (
    <Sidebar
      isDrawer={isPhone}
      onClose={() => setSidebar(isPhone ? { isDrawerOpen: false } : { isOpen: false })}
      footer={<UserMenu onShortcuts={() => setHelpOpen(true)} />}
    />
  );
  return (
    <div className="flex h-dvh">
      <a
        href="#main"
        className="sr-only z-50 bg-raised px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t(($) => $.app.skipToMain)}
      </a>
      {isPhone ? (
        <Drawer
          open={isDrawerOpen}
          onOpenChange={(open) => setSidebar({ isDrawerOpen: open })}
          title={t(($) => $.sessions.title)}
        >
          {sidebar}
        </Drawer>
      ) : (
        isOpen && <aside className="h-full w-68 shrink-0 border-r border-line">{sidebar}</aside>
      )}
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
        {!hasOwnBar && (isPhone || !isOpen) && (
          <div className="flex h-14 shrink-0 items-center px-2">
            <SidebarButton />
          </div>
        )}
        <div className="min-h-0 flex-1">
          <Outlet />
        </div>
      </main>
      <Suspense>{isPreviewing && <Preview />}</Suspense>
      <Suspense>{isHelpOpen && <ShortcutsHelp open onOpenChange={setHelpOpen} />}</Suspense>
    </div>
  );
}

/** The account's language, if it has one, goes before the browser's. */
function useAccountLanguage(): void {
  const { data: me } = useQuery(meQuery);
  const language = languageFor(me?.language);
  useEffect(() => {
    if (language !== undefined && language !== currentLanguage()) void changeLanguage(language);
  }, [language]);
}

function useCloseDrawerOnArrival(): void {
  const { pathname } = useLocation();
  useEffect(() => setSidebar({ isDrawerOpen: false }), [pathname]);
}

function useGlobalShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const isPhone = useIsPhone();
  useShortcut("?", onHelp);
  useShortcut("mod+shift+o", (event) => {
    event.preventDefault();
    void navigate({ to: "/" });
  });
  useShortcut("mod+b", (event) => {
    event.preventDefault();
    const { isOpen, isDrawerOpen } = useSidebar.getState();
    setSidebar(isPhone ? { isDrawerOpen: !isDrawerOpen } : { isOpen: !isOpen });
  });
}
