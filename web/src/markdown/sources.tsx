/** Where a text names a file of its chat, as models are asked to do: `[report.pdf, page 3]` opens the file there. */
import { createContext, Fragment, use, type ReactNode } from "react";

/** A place in a file, from page 1. */
export interface Source {
  readonly open: () => void;
}

export interface Sources {
  /** What stands between brackets, as a place in a file; undefined when it names none. */
  readonly find: (words: string) => Source | undefined;
}

export const SourcesContext = createContext<Sources | null>(null);

/** What may name a file: a short text between brackets, of either script. */
const BRACKETS = /(\[[^[\]\n]{1,400}\]|【[^【】\n]{1,400}】)/;

/** Plain words of a text; those that name a file of the chat open it. */
export function Words({ text }: { text: string }): ReactNode {
  const sources = use(SourcesContext);
  if (sources === null) return text;
  const pieces = text.split(BRACKETS);
  return pieces.map((piece, index) => (
    // Every second piece is what stands between brackets.
    <Fragment key={index}>{index % 2 === 0 ? piece : <Named words={piece} sources={sources} />}</Fragment>
  ));
}

function Named({ words, sources }: { words: string; sources: Sources }): ReactNode {
  const name = words.slice(1, -1);
  const source = sources.find(name);
  if (source === undefined) return words;
  return (
    <button type="button" className="source" onClick={source.open}>
      {name}
    </button>
  );
}

/** Whether a text can name a file at all; most cannot, and are left as they are. */
export function canName(text: string): boolean {
  return text.includes("]") || text.includes("】");
}
