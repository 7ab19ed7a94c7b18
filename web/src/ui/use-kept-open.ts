/** What a reader unfolded stays so when it is drawn anew: when its row went out of sight, or an answer has ended. */
import { useCallback } from "react";
import { create } from "zustand";

/** What was unfolded longest ago folds by itself. */
const MOST_KEPT = 500;

const useOpened = create<{ keys: readonly string[] }>()(() => ({ keys: [] }));

/** As `useState(false)` under a name, for as long as the page is open. */
export function useKeptOpen(key: string): readonly [boolean, (isOpen: boolean) => void] {
  const isOpen = useOpened(({ keys }) => keys.includes(key));
  const setOpen = useCallback(
    (isWanted: boolean) =>
      useOpened.setState(({ keys }) => {
        const others = keys.filter((each) => each !== key);
        return { keys: isWanted ? [...others, key].slice(-MOST_KEPT) : others };
      }),
    [key],
  );
  return [isOpen, setOpen];
}
