/** What surrounds every view: tooltips, toasts. */
import { Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Toaster } from "@/ui/toast";
import { TooltipProvider } from "@/ui/tooltip";

export function RootLayout() {
  const { t } = useTranslation();
  return (
    <TooltipProvider>
      <Outlet />
      <Toaster label={t(($) => $.app.notifications)} closeLabel={t(($) => $.app.close)} />
    </TooltipProvider>
  );
}
