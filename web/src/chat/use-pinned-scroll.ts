/** Keeps a growing list at its end while the reader is there, and lets go the moment the reader moves up. */
import { useCallback, useEffect, useRef, useState } from "react";

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
    const follow = () => {
      if (pinned.current) box.scrollTop = box.scrollHeight;
    };
    const sizes = new ResizeObserver(follow);
    sizes.observe(inner);
    sizes.observe(box);
    const stopWatching = watchReader(box, setPinned, () => pinned.current);
    return () => {
      sizes.disconnect();
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

/** Tells from what a reader does, never from what the page does, whether the end is left or reached. */
function watchReader(box: HTMLElement, setPinned: (isPinned: boolean) => void, isPinned: () => boolean): () => void {
  let last = box.scrollTop;
  let isDragging = false;
  const distance = () => distanceToEnd(box);
  const listeners = {
    wheel: (event: WheelEvent) => {
      if (event.deltaY < 0 && box.scrollTop > 0) setPinned(false);
    },
    touchmove: () => {
      if (distance() > AT_END_WITHIN) setPinned(false);
    },
    keydown: (event: KeyboardEvent) => {
      const isWriting = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
      if (!isWriting && UP_KEYS.has(event.key) && box.scrollTop > 0) setPinned(false);
    },
    pointerdown: (event: PointerEvent) => {
      isDragging = event.target === box;
    },
    scroll: () => {
      const isDown = box.scrollTop >= last;
      last = box.scrollTop;
      if (!isPinned() && isDown && distance() <= AT_END_WITHIN) setPinned(true);
      else if (isDragging && distance() > AT_END_WITHIN) setPinned(false);
    },
  };
  const release = () => {
    isDragging = false;
  };
  for (const [type, listen] of Object.entries(listeners)) {
    box.addEventListener(type, listen as EventListener, { passive: true });
  }
  addEventListener("pointerup", release);
  return () => {
    for (const [type, listen] of Object.entries(listeners)) box.removeEventListener(type, listen as EventListener);
    removeEventListener("pointerup", release);
  };
}
