/** The running answers: one store, changed at most once a frame; only `LiveMessage` listens to it. */
import { create } from "zustand";
import type { Turn } from "./reduce";

interface Live {
  /** What each running answer has so far, by message id. */
  turns: Readonly<Record<string, Turn>>;
  /** Places in the server's queue, by message id; 1 is next. */
  places: Readonly<Record<string, number>>;
}

export const useLive = create<Live>()(() => ({ turns: {}, places: {} }));

/** What a running answer has so far. */
export function useTurn(messageId: string): Turn | undefined {
  return useLive((live) => live.turns[messageId]);
}

/** The place of an answer that waits its turn, if the server said it. */
export function usePlace(messageId: string): number | undefined {
  return useLive((live) => live.places[messageId]);
}
