/** Which theme this browser wears; `public/theme.js` applies the stored choice before the first paint. */
import { create } from "zustand";
import { persist } from "zustand/middleware";

export type Theme = "system" | "light" | "dark";

interface ThemeChoice {
  theme: Theme;
  setTheme: (theme: Theme) => void;
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const useTheme = create<ThemeChoice>()(
  persist(
    (set) => ({
      theme: "system",
      setTheme: (theme) => {
        apply(theme);
        set({ theme });
      },
    }),
    { name: "chatbox.theme", onRehydrateStorage: () => (state) => apply(state?.theme ?? "system") },
  ),
);
