/** KaTeX with everything off that could fetch, link or grow without end. */
import katex from "katex";
import "katex/dist/katex.min.css";

const LONGEST_FORMULA = 10_000;

/** Formulas that were set before, since a growing text shows the same one many times; oldest first. */
const done = new Map<string, string>();
const MOST_DONE = 500;

/** HTML and MathML of a formula; a wrong one comes back as its source in the colour of an error. */
export function typeset(source: string, isBlock: boolean): string {
  const key = `${isBlock ? "b" : "i"}${source}`;
  const known = done.get(key);
  if (known !== undefined) return known;
  const html = katex.renderToString(source.slice(0, LONGEST_FORMULA), {
    displayMode: isBlock,
    throwOnError: false,
    errorColor: "var(--danger)",
    trust: false,
    strict: "ignore",
    maxExpand: 500,
    maxSize: 20,
  });
  done.set(key, html);
  const [oldest] = done.keys();
  if (done.size > MOST_DONE && oldest !== undefined) done.delete(oldest);
  return html;
}
