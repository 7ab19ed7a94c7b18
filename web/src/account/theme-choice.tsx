/** Chooses the theme of this browser. */
import { useTranslation } from "react-i18next";
import { Select } from "@/ui/select";
import { useTheme } from "@/ui/theme";

interface ThemeChoiceProps {
  /** Ties it to a label around it; without, it says itself what it is. */
  id?: string;
  className?: string;
}

export function ThemeChoice(props: ThemeChoiceProps) {
  const { t } = useTranslation();
  const { theme, setTheme } = useTheme();
  return (
    <Select
      {...(props.id === undefined ? { label: t(($) => $.app.theme) } : {})}
      {...props}
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
