/** Which theme this browser wears; `public/theme.js` applies the stored choice before the first paint. */
import { useSyncExternalStore } from "react";
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

const SYSTEM_IS_DARK = "(prefers-color-scheme: dark)";

function watchSystem(onChange: () => void): () => void {
  const query = matchMedia(SYSTEM_IS_DARK);
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}

/** Whether the page is dark, by the reader's choice or by the system's. */
export function useIsDark(): boolean {
  const theme = useTheme((choice) => choice.theme);
  const isSystemDark = useSyncExternalStore(watchSystem, () => matchMedia(SYSTEM_IS_DARK).matches);
  return theme === "system" ? isSystemDark : theme === "dark";
}
