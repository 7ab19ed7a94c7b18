/** Keys that act anywhere in the page. `mod` is Ctrl, and Command on Apple's keyboards. */
import { useEffect, useEffectEvent } from "react";

export const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);

/** Calls `act` for a combination such as "mod+shift+o"; one without modifiers is left alone while somebody types. */
export function useShortcut(combination: string, act: (event: KeyboardEvent) => void): void {
  const run = useEffectEvent(act);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || !matches(event, combination)) return;
      if (!combination.includes("mod") && isTyping(event.target)) return;
      run(event);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [combination]);
}

function matches(event: KeyboardEvent, combination: string): boolean {
  const parts = combination.split("+");
  const key = parts.at(-1);
  const mod = isApple ? event.metaKey : event.ctrlKey;
  const other = isApple ? event.ctrlKey : event.metaKey;
  if (other || event.altKey || mod !== parts.includes("mod")) return false;
  // "?" already needs Shift on most keyboards.
  if (key !== "?" && event.shiftKey !== parts.includes("shift")) return false;
  return event.key.toLowerCase() === key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

const KEY_NAMES: Record<string, string> = {
  mod: isApple ? "⌘" : "Ctrl",
  shift: "Shift",
  enter: "Enter",
  escape: "Esc",
};

/** The keys of a combination as they are printed on the keyboard. */
export function keyNames(combination: string): string[] {
  return combination.split("+").map((key) => KEY_NAMES[key] ?? key.toUpperCase());
}
