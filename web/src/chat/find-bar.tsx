/** The bar that finds words in the open thread, older messages included. */
import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useDeferredValue, useEffect, useEffectEvent, useMemo, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { findMatches, rangesOf, type Match } from "./find";
import type { Thread } from "./thread-data";
import type { ThreadHandle } from "./thread-view";
import { readOlder } from "./use-thread";

/** Older messages are read in large pages while searching, and not without end. */
const FIND_PAGE = 200;
const MOST_PAGES = 50;
/** Rows near a shown match are drawn and coloured while the list settles. */
const COLOUR_EVERY_MS = 150;

interface FindBarProps {
  sessionId: string;
  thread: Thread;
  view: RefObject<ThreadHandle | null>;
  onClose: () => void;
}

export function FindBar({ sessionId, thread, view, onClose }: FindBarProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words.trim());
  const isReading = useWholeThread(sessionId, wanted !== "");
  const matches = useMemo(() => findMatches(thread.messages, wanted), [thread.messages, wanted]);
  // Counted from the end, so that older messages that arrive do not move it.
  const [fromEnd, setFromEnd] = useState(0);
  const index = Math.max(0, matches.length - 1 - fromEnd);
  const match = matches[index];
  useColours(view, wanted, match, thread);
  const step = (by: number) => {
    if (matches.length > 0) setFromEnd((fromEnd - by + matches.length) % matches.length);
  };
  return (
    <search className="absolute top-2 right-4 z-20 flex items-center gap-1 rounded-box border border-line bg-raised p-1 shadow-raised">
      <input
        autoFocus
        value={words}
        aria-label={t(($) => $.chat.find)}
        placeholder={t(($) => $.chat.findPlaceholder)}
        onChange={(event) => {
          setWords(event.target.value);
          setFromEnd(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") onClose();
          if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
        }}
        className="h-8 w-40 min-w-0 bg-transparent px-2 outline-none coarse:h-11 coarse:text-body"
      />
      <span role="status" className="min-w-16 text-center text-small whitespace-nowrap text-soft">
        {status()}
      </span>
      <IconButton
        size="small"
        label={t(($) => $.chat.findPrevious)}
        icon={<ChevronUp size={16} />}
        onClick={() => step(-1)}
      />
      <IconButton
        size="small"
        label={t(($) => $.chat.findNext)}
        icon={<ChevronDown size={16} />}
        onClick={() => step(1)}
      />
      <IconButton size="small" label={t(($) => $.app.close)} icon={<X size={16} />} onClick={onClose} />
    </search>
  );

  function status(): string {
    if (wanted === "") return "";
    if (matches.length > 0) return t(($) => $.chat.findCount, { number: index + 1, count: matches.length });
    return isReading ? t(($) => $.chat.findReading) : t(($) => $.chat.findNone);
  }
}

/** Reads what is not loaded yet; whether that still goes on. */
function useWholeThread(sessionId: string, isWanted: boolean): boolean {
  const queryClient = useQueryClient();
  const [isReading, setReading] = useState(false);
  useEffect(() => {
    if (!isWanted) return;
    let isCurrent = true;
    const read = async () => {
      setReading(true);
      for (let page = 0; page < MOST_PAGES && isCurrent; page += 1) {
        if (!(await readOlder(queryClient, sessionId, FIND_PAGE))) break;
      }
    };
    void read()
      // What could not be read is not searched; the thread itself says that older messages failed.
      .catch(() => undefined)
      .finally(() => {
        if (isCurrent) setReading(false);
      });
    return () => {
      isCurrent = false;
    };
  }, [queryClient, sessionId, isWanted]);
  return isReading;
}

const ALL = "found";
const CURRENT = "found-current";

/** Brings the current match into view and colours it and its likes, as far as they are drawn. */
function useColours(
  view: RefObject<ThreadHandle | null>,
  words: string,
  match: Match | undefined,
  thread: Thread,
): void {
  const messageIndex = match?.messageIndex;
  const id = messageIndex === undefined ? undefined : thread.messages[messageIndex]?.id;
  const occurrence = match?.occurrence ?? 0;
  const show = useEffectEvent(() => {
    if (messageIndex !== undefined) view.current?.show(messageIndex);
  });
  useEffect(() => {
    if (!("highlights" in CSS)) return;
    if (id !== undefined) show();
    let isCentred = false;
    const colour = () => {
      const box = view.current?.box();
      if (box === null || box === undefined) return;
      CSS.highlights.set(ALL, new Highlight(...rangesOf(box, words)));
      const row = id === undefined ? null : box.querySelector(`[data-message="${id}"]`);
      const range = row === null ? undefined : rangesOf(row, words)[occurrence];
      CSS.highlights.set(CURRENT, new Highlight(...(range === undefined ? [] : [range])));
      if (range === undefined || isCentred) return;
      isCentred = true;
      range.startContainer.parentElement?.scrollIntoView({ block: "center" });
    };
    const timer = setInterval(colour, COLOUR_EVERY_MS);
    return () => {
      clearInterval(timer);
      CSS.highlights.delete(ALL);
      CSS.highlights.delete(CURRENT);
    };
  }, [view, words, id, occurrence]);
}
