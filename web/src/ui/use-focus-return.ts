/** Gives the focus back to where it was before a box opened; Radix does so only for boxes with a button of their own. */
import { useState } from "react";

/** Props for the content of a dialog. */
export function useFocusReturn(isOpen: boolean) {
  const [seen, setSeen] = useState<{ isOpen: boolean; before: Element | null }>({ isOpen: false, before: null });
  // Asked while it opens, because a field that focuses itself is faster than any event.
  if (seen.isOpen !== isOpen) setSeen({ isOpen, before: isOpen ? document.activeElement : seen.before });
  return {
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (seen.before instanceof HTMLElement) seen.before.focus();
    },
  };
}
