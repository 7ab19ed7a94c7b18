/** Chooses the theme of this browser. */
import { useTranslation } from "react-i18next";
import { Select } from "@/ui/select";
import { useTheme } from "@/ui/theme";

/** `id` ties it to a label around it; without, it says itself what it is. */
export function ThemeChoice({ id }: { id?: string }) {
  const { t } = useTranslation();
  const { theme, setTheme } = useTheme();
  return (
    <Select
      {...(id === undefined ? { label: t(($) => $.app.theme) } : { id })}
      value={theme}
      onChange={setTheme}
      options={[
        { value: "system", label: t(($) => $.app.themeSystem) },
        { value: "light", label: t(($) => $.app.themeLight) },
        { value: "dark", label: t(($) => $.app.themeDark) },
      ]}
    />
  );
}
