/** Keeps a growing list at its end while the reader is there, and lets go the moment the reader moves up. */
import { useCallback, useEffect, useRef, useState } from "react";
import { watchPress } from "./press";

/** This near to the end, in pixels, counts as being there. */
const AT_END_WITHIN = 48;
const UP_KEYS = new Set(["ArrowUp", "PageUp", "Home"]);

export function usePinnedScroll() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);

  const setPinned = useCallback((isPinned: boolean) => {
    pinned.current = isPinned;
    setAtEnd(isPinned);
  }, []);

  const toEnd = useCallback(() => {
    setPinned(true);
    const box = scroller.current;
    box?.scrollTo({ top: box.scrollHeight });
  }, [setPinned]);

  useEffect(() => {
    const [box, inner] = [scroller.current, content.current];
    if (box === null || inner === null) return;
    const place = new Place(box);
    const follow = () => {
      if (pinned.current) place.toEnd();
    };
    const press = watchPress(box, follow);
    const sizes = new ResizeObserver(() => {
      if (!press.keep()) follow();
    });
    sizes.observe(inner);
    sizes.observe(box);
    const stopWatching = watchReader(place, setPinned, () => pinned.current);
    return () => {
      sizes.disconnect();
      press.stop();
      stopWatching();
    };
  }, [setPinned]);

  /** For a jump that the page makes: the end is left, unless the jump ends there. */
  const letGo = useCallback(() => {
    setPinned(false);
    requestAnimationFrame(() => {
      if (scroller.current !== null && distanceToEnd(scroller.current) <= AT_END_WITHIN) setPinned(true);
    });
  }, [setPinned]);

  return { scroller, content, isAtEnd, toEnd, letGo };
}

function distanceToEnd(box: HTMLElement): number {
  return box.scrollHeight - box.scrollTop - box.clientHeight;
}

/** Where the list stands, and where it was when it was looked at last. */
class Place {
  private top: number;
  private height: number;

  constructor(readonly box: HTMLElement) {
    this.top = box.scrollTop;
    this.height = box.scrollHeight;
  }

  get isNearEnd(): boolean {
    return distanceToEnd(this.box) <= AT_END_WITHIN;
  }

  toEnd(): void {
    this.box.scrollTop = this.box.scrollHeight;
    this.look();
  }

  /** How it moved since the last look. What changes its height at the same time moves it by itself. */
  look(): { isDown: boolean; isOnlyUp: boolean } {
    const { scrollTop: top, scrollHeight: height } = this.box;
    const moved = { isDown: top >= this.top, isOnlyUp: top < this.top && height === this.height };
    this.top = top;
    this.height = height;
    return moved;
  }
}

/** Tells from what a reader does, never from what the page does, whether the end is left or reached. */
function watchReader(place: Place, setPinned: (isPinned: boolean) => void, isPinned: () => boolean): () => void {
  const { box } = place;
  const stopper = new AbortController();
  let isDragging = false;
  const listeners = {
    wheel: (event: WheelEvent) => {
      if (event.deltaY < 0 && box.scrollTop > 0) setPinned(false);
    },
    touchmove: () => {
      if (!place.isNearEnd) setPinned(false);
    },
    keydown: (event: KeyboardEvent) => {
      const isWriting = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
      if (!isWriting && UP_KEYS.has(event.key) && box.scrollTop > 0) setPinned(false);
    },
    pointerdown: (event: PointerEvent) => {
      isDragging = event.target === box;
    },
    scroll: () => {
      const { isDown, isOnlyUp } = place.look();
      if (!isPinned()) {
        if (isDown && place.isNearEnd) setPinned(true);
        // The Tab key and programs that help to read scroll too, and say it no other way.
      } else if ((isDragging || isOnlyUp) && !place.isNearEnd) setPinned(false);
    },
  };
  for (const [type, listen] of Object.entries(listeners)) {
    // Before the list itself, which measures rows when it is scrolled and so changes the height.
    box.addEventListener(type, listen as EventListener, { passive: true, capture: true, signal: stopper.signal });
  }
  const release = () => {
    isDragging = false;
  };
  addEventListener("pointerup", release, { signal: stopper.signal });
  return () => stopper.abort();
}
