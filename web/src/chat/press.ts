/** Keeps what is pressed where it is while the rows around it change, so that the press ends on what it began on. */

export interface Press {
  /** Puts what is pressed back in its place; false when nothing is pressed. */
  readonly keep: () => boolean;
  readonly stop: () => void;
}

interface Held {
  readonly element: Element;
  /** Where it was on the screen, in pixels. */
  top: number;
}

/** `onEnd` is called once a press is over and its click was given out. */
export function watchPress(box: HTMLElement, onEnd: () => void): Press {
  const stopper = new AbortController();
  const options = { passive: true, signal: stopper.signal };
  let held: Held | undefined;

  const begin = (event: PointerEvent) => {
    // On the box itself it is the bar at its side that is pressed; the second button opens a menu of the browser.
    if (event.button !== 0 || !(event.target instanceof Element) || event.target === box) return;
    held = { element: event.target, top: topOf(event.target) };
  };
  const end = () => {
    const ended = held;
    if (ended === undefined) return;
    // The click follows the end of the press, and looks for its target where the pointer is.
    requestAnimationFrame(() => {
      if (held !== ended) return;
      held = undefined;
      onEnd();
    });
  };
  const move = () => {
    // The reader moves it, or we just put it back.
    if (held !== undefined) held.top = topOf(held.element);
  };

  box.addEventListener("pointerdown", begin, options);
  box.addEventListener("scroll", move, options);
  addEventListener("pointerup", end, options);
  addEventListener("pointercancel", end, options);
  return {
    keep: () => {
      if (held === undefined) return false;
      if (held.element.isConnected) box.scrollTop += topOf(held.element) - held.top;
      return true;
    },
    stop: () => stopper.abort(),
  };
}

function topOf(element: Element): number {
  return element.getBoundingClientRect().top;
}
