/** Runs work once a frame; in a hidden tab, where no frames come, a few times a second. */

const HIDDEN_EVERY_MS = 250;

export interface Beat {
  /** Asks for one run; asking again before it happens changes nothing. */
  ask: () => void;
  cancel: () => void;
}

export function onceAFrame(work: () => void): Beat {
  let frame: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => {
    if (frame !== undefined) cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = timer = undefined;
  };
  const run = () => {
    cancel();
    work();
  };
  const ask = () => {
    if (frame !== undefined || timer !== undefined) return;
    // The timer also covers a tab that is hidden between asking and the frame.
    timer = setTimeout(run, HIDDEN_EVERY_MS);
    if (document.visibilityState === "visible") frame = requestAnimationFrame(run);
  };
  return { ask, cancel };
}
