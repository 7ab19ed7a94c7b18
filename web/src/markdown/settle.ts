/**
 * Decides how much of a growing text can be parsed once and left alone: everything before the last two blocks. In
 * CommonMark a top-level block that another one follows never changes again; the second block of margin covers what a
 * paragraph may still become (a heading, a table) and makes the repair of the open end harmless.
 */
import type { RootContent } from "mdast";
import { parseMarkdown } from "./parse";

const OPEN_BLOCKS = 2;

/** A text cut into pieces that are final and a tail that may change. Their concatenation is the text. */
export interface Settled {
  readonly pieces: readonly string[];
  readonly tail: string;
  /** How much of the tail has been looked at without finding a boundary; looking again pays only after a new block. */
  readonly looked: number;
}

export const NOTHING_SETTLED: Settled = { pieces: [], tail: "", looked: 0 };

/** `before` grown by what `text` has more; starts anew when `text` is not a continuation. */
export function settle(before: Settled, text: string): Settled {
  const settledLength = before.pieces.reduce((length, piece) => length + piece.length, 0);
  const known = settledLength + before.tail.length;
  if (text.length < known) return settle(NOTHING_SETTLED, text);
  if (text.length === known) return before;
  const pieces = [...before.pieces];
  let tail = text.slice(settledLength);
  let { looked } = before;
  for (let boundary = nextBoundary(tail, looked); boundary > 0; boundary = nextBoundary(tail, looked)) {
    pieces.push(tail.slice(0, boundary));
    tail = tail.slice(boundary);
    looked = 0;
  }
  return { pieces: pieces.length === before.pieces.length ? before.pieces : pieces, tail, looked: tail.length };
}

/** What can begin a block that makes an earlier one final. */
const NEW_BLOCK = /\n[ \t]*\n|\n(?:```|~~~)/;
/** How far the pattern above may reach back into what was looked at. */
const OVERLAP = 80;

/** Where the final part of `tail` ends; 0 when there is none. */
function nextBoundary(tail: string, looked: number): number {
  const fence = leadingFence(tail);
  if (fence !== undefined) return fence.end ?? 0;
  if (!NEW_BLOCK.test(tail.slice(Math.max(0, looked - OVERLAP)))) return 0;
  const start = firstOpenBlock(parseMarkdown(tail).children, tail)?.position?.start;
  return start?.column === 1 ? (start.offset ?? 0) : 0;
}

/** The first block that may still change: a last one that is fenced code, else the second-last one. */
function firstOpenBlock(blocks: readonly RootContent[], tail: string): RootContent | undefined {
  const last = blocks.at(-1);
  const isFence = last?.type === "code" && leadingFence(tail.slice(last.position?.start.offset)) !== undefined;
  if (isFence) return last;
  return blocks.length > OPEN_BLOCKS ? blocks.at(-OPEN_BLOCKS) : undefined;
}

const FENCE = /^(`{3,}|~{3,})([^\n]*)\n/;

export interface LeadingFence {
  readonly language: string;
  readonly code: string;
  /** Where the line after its closing mark starts; undefined while it is open. */
  readonly end: number | undefined;
}

/** The fenced code that `text` begins with: a long one that is being written need not be parsed to be shown. */
export function leadingFence(text: string): LeadingFence | undefined {
  const [opening, marks = "", info = ""] = FENCE.exec(text) ?? [];
  if (opening === undefined || (marks.startsWith("`") && info.includes("`"))) return undefined;
  const code = text.slice(opening.length);
  const closing = new RegExp(`^ {0,3}\\${marks.charAt(0)}{${marks.length},}[ \\t]*\\n`, "m").exec(code);
  const end = closing === null ? undefined : opening.length + closing.index + closing[0].length;
  return { language: info.trim().split(/\s/)[0] ?? "", code, end };
}
