/** Which message has the focus, or had it last: its row stays, also out of sight, so that nobody loses their place. */
import { useState, type FocusEvent } from "react";

export function useFocusedRow() {
  const [id, setId] = useState<string>();
  const onFocus = (event: FocusEvent<HTMLElement>) =>
    setId(event.target.closest<HTMLElement>("[data-message]")?.dataset.message);
  return { id, onFocus };
}
