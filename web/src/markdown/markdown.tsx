/** Shows Markdown: a finished text at once, a growing one so that only its open end is parsed again. */
import type { Root } from "mdast";
import { memo, useMemo, useState, type ReactNode } from "react";
import remend from "remend";
import { CodeBlock } from "./code";
import { Part } from "./elements";
import { parseMarkdown } from "./parse";
import { render } from "./render";
import { leadingFence, NOTHING_SETTLED, settle, type Settled } from "./settle";
import "./markdown.css";

/** A finished text. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <Whole text={text} />
    </div>
  );
});

/** A text that is still being written. */
export function LiveMarkdown({ text }: { text: string }) {
  const [settled, setSettled] = useState<Settled>(NOTHING_SETTLED);
  const now = settle(settled, text);
  if (now !== settled) setSettled(now);
  return (
    <div className="prose">
      {groupsOf(now.pieces.length).map((from) => (
        <Group key={from} pieces={now.pieces} from={from} />
      ))}
      <Tail text={now.tail} />
    </div>
  );
}

/** Pieces are rendered in groups, so that a long answer costs React a comparison per group and not per piece. */
const GROUP = 24;

function groupsOf(count: number): number[] {
  return Array.from({ length: Math.ceil(count / GROUP) }, (_, index) => index * GROUP);
}

interface GroupProps {
  pieces: readonly string[];
  from: number;
}

const Group = memo(
  function Group({ pieces, from }: GroupProps) {
    const shown = pieces.slice(from, from + GROUP);
    return (
      <Part length={shown.reduce((length, piece) => length + piece.length, 0)}>
        {shown.map((piece, index) => (
          <Piece key={index} text={piece} />
        ))}
      </Part>
    );
  },
  (before, after) => {
    for (let index = after.from; index < after.from + GROUP; index += 1) {
      if (before.pieces[index] !== after.pieces[index]) return false;
    }
    return before.from === after.from;
  },
);

const Piece = memo(function Piece({ text }: { text: string }) {
  return <Whole text={text} />;
});

function Tail({ text }: { text: string }) {
  const fence = leadingFence(text);
  if (fence !== undefined && fence.end === undefined) {
    return <CodeBlock code={fence.code} language={fence.language} isOpen />;
  }
  return <Whole text={remend(text, REPAIRS)} />;
}

/** HTML is never interpreted here, and dollars keep to our own rules. */
const REPAIRS = { htmlTags: false, inlineKatex: false, linkMode: "text-only" } as const;

function Whole({ text }: { text: string }): ReactNode {
  return useMemo(() => render(treeOf(text), text), [text]);
}

/** Parsed texts, so that scrolling back costs no second parse; oldest first. */
const parsed = new Map<string, Root>();
const MOST_PARSED = 100;
const LONGEST_KEPT = 50_000;

function treeOf(text: string): Root {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const tree = parseMarkdown(text);
  if (text.length <= LONGEST_KEPT) parsed.set(text, tree);
  const [oldest] = parsed.keys();
  if (parsed.size > MOST_PARSED && oldest !== undefined) parsed.delete(oldest);
  return tree;
}
