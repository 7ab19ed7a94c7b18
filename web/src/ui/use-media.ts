/** Whether a media query holds now. */
import { useSyncExternalStore } from "react";

const PHONE = "(max-width: 767px)";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

/** Whether the page is as narrow as a phone. */
export function useIsPhone(): boolean {
  return useMedia(PHONE);
}
