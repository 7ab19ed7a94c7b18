/**
 * Cuts a long Markdown text that arrives in ranges into pieces that can each be shown by itself: at the ends of lines,
 * a table that goes on repeats its head, and code that goes on is fenced again.
 */

export interface TextPiece {
  readonly text: string;
  /** It goes on within the code of the piece before. */
  readonly isSameCode: boolean;
}

interface Ending {
  /** The fence that is open at the end, with its language. */
  readonly fence: string | undefined;
  /** The head of the table that the end is in. */
  readonly head: string | undefined;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const DELIMITERS = /^\|?[\s:|-]+\|[\s:|-]*$/;

/** `ranges` follow each other; `isWhole` says that there are no more. */
export function piecesOf(ranges: readonly string[], isWhole: boolean): TextPiece[] {
  const pieces: TextPiece[] = [];
  let rest = "";
  let before: Ending = { fence: undefined, head: undefined };
  for (const [index, range] of ranges.entries()) {
    const isLast = isWhole && index === ranges.length - 1;
    const [lines, cut] = isLast ? [rest + range, ""] : cutAtLine(rest + range);
    rest = cut;
    const opening = before.fence ?? (lines.startsWith("|") ? before.head : undefined);
    const text = opening === undefined ? lines : `${opening}\n${lines}`;
    const isSameCode = before.fence !== undefined;
    before = endingOf(text);
    pieces.push({ text: before.fence === undefined ? text : `${text}\n${markOf(before.fence)}`, isSameCode });
  }
  return pieces.filter((piece) => piece.text.trim() !== "");
}

/** What stands before the last end of a line, and what after it; a single line of any length is not held back. */
function cutAtLine(text: string): [string, string] {
  const end = text.lastIndexOf("\n");
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
}

function endingOf(text: string): Ending {
  const lines = text.split("\n");
  let fence: string | undefined;
  for (const line of lines) {
    const [, mark = "", info = ""] = FENCE.exec(line) ?? [];
    if (mark === "") continue;
    if (fence === undefined) fence = line.trim();
    else if (info.trim() === "" && mark.startsWith(markOf(fence))) fence = undefined;
  }
  return { fence, head: fence === undefined ? headOfTableAt(lines) : undefined };
}

function markOf(fence: string): string {
  return FENCE.exec(fence)?.[1] ?? "```";
}

/** The first two lines of the table that the last line belongs to. */
function headOfTableAt(lines: readonly string[]): string | undefined {
  const start = lines.findLastIndex((line) => !line.startsWith("|")) + 1;
  const [names, delimiters] = lines.slice(start, start + 2);
  return names !== undefined && delimiters !== undefined && DELIMITERS.test(delimiters)
    ? `${names}\n${delimiters}`
    : undefined;
}
