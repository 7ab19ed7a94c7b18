/** The person's own menu at the foot of the list of chats. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Boxes, Keyboard, LogOut, Monitor, Moon, ShieldCheck, Sun, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSignOut } from "@/account/requests";
import { Avatar } from "@/ui/avatar";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { useTheme, type Theme } from "@/ui/theme";
import { meQuery } from "@/wire/queries";

export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signingOut = useSignOut();
  const { data: me } = useQuery(meQuery);
  if (me === undefined) return null;
  const name = me.name || me.email;
  return (
    <Menu
      side="top"
      align="start"
      trigger={
        <button
          type="button"
          className="flex h-11 w-full items-center gap-3 rounded-box px-2 text-left hover:bg-sunken data-[state=open]:bg-sunken"
        >
          <Avatar name={name} />
          <span className="min-w-0 flex-1 truncate">{name}</span>
        </button>
      }
    >
      <MenuLabel>{me.email}</MenuLabel>
      <MenuItem icon={<UserRound size={16} />} onSelect={() => void navigate({ to: "/account" })}>
        {t(($) => $.app.account)}
      </MenuItem>
      <MenuItem icon={<Boxes size={16} />} onSelect={() => void navigate({ to: "/providers" })}>
        {t(($) => $.app.providers)}
      </MenuItem>
      {me.role === "admin" && (
        <MenuItem icon={<ShieldCheck size={16} />} onSelect={() => void navigate({ to: "/admin" })}>
          {t(($) => $.app.admin)}
        </MenuItem>
      )}
      <MenuItem icon={<Keyboard size={16} />} onSelect={onShortcuts}>
        {t(($) => $.app.shortcuts)}
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t(($) => $.app.theme)}</MenuLabel>
      <ThemeItems />
      <MenuLine />
      <MenuItem icon={<LogOut size={16} />} onSelect={() => signingOut.mutate()}>
        {t(($) => $.app.signOut)}
      </MenuItem>
    </Menu>
  );
}

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const THEME_ICONS = { system: <Monitor size={16} />, light: <Sun size={16} />, dark: <Moon size={16} /> };

function ThemeItems() {
  const { t } = useTranslation();
  const { theme, setTheme } = useTheme();
  const names: Record<Theme, string> = {
    system: t(($) => $.app.themeSystem),
    light: t(($) => $.app.themeLight),
    dark: t(($) => $.app.themeDark),
  };
  return THEMES.map((choice) => (
    <MenuItem key={choice} icon={THEME_ICONS[choice]} checked={theme === choice} onSelect={() => setTheme(choice)}>
      {names[choice]}
    </MenuItem>
  ));
}
