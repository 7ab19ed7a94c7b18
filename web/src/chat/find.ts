/** Finding words in a thread: windowed text is invisible to the browser's own search. */
import type { MessageOut } from "@/wire/types";
import { textOf } from "./message-text";

/** Where a match is: in which message, and which one of the matches in it. */
export interface Match {
  readonly messageIndex: number;
  readonly occurrence: number;
}

const MOST_MATCHES = 1_000;

export function findMatches(messages: readonly MessageOut[], words: string): Match[] {
  const wanted = words.toLowerCase();
  const matches: Match[] = [];
  if (wanted === "") return matches;
  for (const [messageIndex, message] of messages.entries()) {
    const count = occurrences(textOf(message).toLowerCase(), wanted);
    for (let occurrence = 0; occurrence < count && matches.length < MOST_MATCHES; occurrence += 1) {
      matches.push({ messageIndex, occurrence });
    }
  }
  return matches;
}

function occurrences(text: string, wanted: string): number {
  let count = 0;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) count += 1;
  return count;
}

/** The places of `words` in what is drawn, as ranges, in reading order. */
export function rangesOf(box: Element, words: string): Range[] {
  const wanted = words.toLowerCase();
  const ranges: Range[] = [];
  if (wanted === "") return ranges;
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = (node.textContent ?? "").toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}
