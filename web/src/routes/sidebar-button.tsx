/** Opens the list of chats where it is hidden. */
import { PanelLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { setSidebar, useSidebar } from "@/sessions/sidebar-state";
import { IconButton } from "@/ui/button";
import { useIsPhone } from "@/ui/use-media";
import { keyNames } from "@/ui/use-shortcut";

export function SidebarButton() {
  const { t } = useTranslation();
  const isPhone = useIsPhone();
  const isOpen = useSidebar((sidebar) => sidebar.isOpen);
  if (!isPhone && isOpen) return null;
  return (
    <IconButton
      label={t(($) => $.app.openSidebar)}
      shortcut={keyNames("mod+b").join(" ")}
      icon={<PanelLeft size={18} />}
      onClick={() => setSidebar(isPhone ? { isDrawerOpen: true } : { isOpen: true })}
    />
  );
}
