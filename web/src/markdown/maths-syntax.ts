/**
 * Maths in Markdown, in the four ways that models write it: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`. A single dollar must
 * hug what it opens and closes and no digit may follow it (Pandoc's rule), so that "$5 and $10" stays money.
 */
import type { CompileContext, Extension as FromMarkdown } from "mdast-util-from-markdown";
import { markdownLineEnding, markdownLineEndingOrSpace, markdownSpace } from "micromark-util-character";
import type { Code, Construct, Effects, Extension, State, Token, TokenizeContext } from "micromark-util-types";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    maths: "maths";
    mathsMark: "mathsMark";
    mathsData: "mathsData";
  }
}

declare module "mdast" {
  interface Maths extends Literal {
    type: "maths";
    /** Stands on a line of its own. */
    isBlock: boolean;
  }
  interface PhrasingContentMap {
    maths: Maths;
  }
  interface RootContentMap {
    maths: Maths;
  }
}

const DOLLAR = 36;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;

const isDigit = (code: Code) => code !== null && code >= 48 && code <= 57;

/** `$x$` and `$$x$$` within a line or paragraph. */
const dollarText: Construct = { name: "mathsDollarText", tokenize: tokenizeDollarText };

function tokenizeDollarText(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let width = 0;
  let run = 0;
  let last: Code = null;
  let mark: Token;
  return start;

  function start(code: Code): State | undefined {
    effects.enter("maths");
    effects.enter("mathsMark");
    return opening(code);
  }
  function opening(code: Code): State | undefined {
    if (code === DOLLAR && width < 2) {
      width += 1;
      effects.consume(code);
      return opening;
    }
    if (code === DOLLAR || (width === 1 && markdownLineEndingOrSpace(code))) return nok(code);
    effects.exit("mathsMark");
    return between(code);
  }
  function between(code: Code): State | undefined {
    if (code === null) return nok(code);
    if (code === DOLLAR) {
      mark = effects.enter("mathsMark");
      run = 0;
      return closing(code);
    }
    if (markdownLineEnding(code)) return lineEnd(effects, between)(code);
    effects.enter("mathsData");
    return data(code);
  }
  function data(code: Code): State | undefined {
    if (code === null || code === DOLLAR || markdownLineEnding(code)) {
      effects.exit("mathsData");
      return between(code);
    }
    last = code;
    effects.consume(code);
    return code === BACKSLASH ? escaped : data;
  }
  function escaped(code: Code): State | undefined {
    if (code !== DOLLAR && code !== BACKSLASH) return data(code);
    last = code;
    effects.consume(code);
    return data;
  }
  function closing(code: Code): State | undefined {
    if (code === DOLLAR) {
      run += 1;
      effects.consume(code);
      return closing;
    }
    const hugs = width === 2 || (!markdownSpace(last) && !isDigit(code));
    if (run === width && hugs) {
      effects.exit("mathsMark");
      effects.exit("maths");
      return ok(code);
    }
    mark.type = "mathsData";
    effects.exit("mathsData");
    return between(code);
  }
}

/** `\(x\)` and `\[x\]` within a line or paragraph. */
const bracketText: Construct = { name: "mathsBracketText", tokenize: tokenizeBracketText };

function tokenizeBracketText(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let closer: number;
  return start;

  function start(code: Code): State | undefined {
    effects.enter("maths");
    effects.enter("mathsMark");
    effects.consume(code);
    return opening;
  }
  function opening(code: Code): State | undefined {
    if (code !== OPEN_PAREN && code !== OPEN_BRACKET) return nok(code);
    closer = code === OPEN_PAREN ? CLOSE_PAREN : CLOSE_BRACKET;
    effects.consume(code);
    effects.exit("mathsMark");
    return between;
  }
  function between(code: Code): State | undefined {
    if (code === null) return nok(code);
    if (markdownLineEnding(code)) return lineEnd(effects, between)(code);
    if (code === BACKSLASH) return effects.attempt({ tokenize: tokenizeCloser, partial: true }, done, slash)(code);
    effects.enter("mathsData");
    return data(code);
  }
  function slash(code: Code): State | undefined {
    effects.enter("mathsData");
    effects.consume(code);
    return afterSlash;
  }
  function afterSlash(code: Code): State | undefined {
    if (code !== BACKSLASH) return data(code);
    effects.consume(code);
    return data;
  }
  function data(code: Code): State | undefined {
    if (code === null || code === BACKSLASH || markdownLineEnding(code)) {
      effects.exit("mathsData");
      return between(code);
    }
    effects.consume(code);
    return data;
  }
  function done(code: Code): State | undefined {
    effects.exit("maths");
    return ok(code);
  }
  function tokenizeCloser(closing: Effects, found: State, missed: State): State {
    return (code) => {
      closing.enter("mathsMark");
      closing.consume(code);
      return (next) => {
        if (next !== closer) return missed(next);
        closing.consume(next);
        closing.exit("mathsMark");
        return found;
      };
    };
  }
}

function lineEnd(effects: Effects, then: State): State {
  return (code) => {
    effects.enter("lineEnding");
    effects.consume(code);
    effects.exit("lineEnding");
    return then;
  };
}

/** `$$` or `\[` alone on a line, up to a line that ends with its partner; lines between are not Markdown. */
const block: Construct = { name: "mathsBlock", tokenize: tokenizeBlock, concrete: true };

const nextLine: Construct = {
  partial: true,
  tokenize(effects, ok, nok) {
    const isLazy = () => this.parser.lazy[this.now().line] === true;
    return (code) => (code === null ? nok(code) : lineEnd(effects, (next) => (isLazy() ? nok(next) : ok(next)))(code));
  },
};

function tokenizeBlock(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let opener: Code;
  return start;

  function start(code: Code): State | undefined {
    opener = code;
    effects.enter("maths");
    effects.enter("mathsMark");
    effects.consume(code);
    return second;
  }
  function second(code: Code): State | undefined {
    if (code !== (opener === DOLLAR ? DOLLAR : OPEN_BRACKET)) return nok(code);
    effects.consume(code);
    return restOfFence;
  }
  function restOfFence(code: Code): State | undefined {
    if (markdownSpace(code)) {
      effects.consume(code);
      return restOfFence;
    }
    if (code !== null && !markdownLineEnding(code)) return nok(code);
    effects.exit("mathsMark");
    return endOfLine(code);
  }
  function endOfLine(code: Code): State | undefined {
    return effects.attempt(nextLine, inLine, after)(code);
  }
  function inLine(code: Code): State | undefined {
    if (code === null || markdownLineEnding(code)) return endOfLine(code);
    if (code === opener) return effects.attempt({ tokenize: tokenizeCloser, partial: true }, after, plain)(code);
    return plain(code);
  }
  function plain(code: Code): State | undefined {
    effects.enter("mathsData");
    effects.consume(code);
    return data;
  }
  function data(code: Code): State | undefined {
    if (code === null || code === opener || markdownLineEnding(code)) {
      effects.exit("mathsData");
      return inLine(code);
    }
    effects.consume(code);
    return data;
  }
  function after(code: Code): State | undefined {
    effects.exit("maths");
    return ok(code);
  }
  function tokenizeCloser(closing: Effects, found: State, missed: State): State {
    const rest: State = (code) => {
      if (markdownSpace(code)) {
        closing.consume(code);
        return rest;
      }
      if (code !== null && !markdownLineEnding(code)) return missed(code);
      closing.exit("mathsMark");
      return found(code);
    };
    return (code) => {
      closing.enter("mathsMark");
      closing.consume(code);
      return (next) => {
        if (next !== (opener === DOLLAR ? DOLLAR : CLOSE_BRACKET)) return missed(next);
        closing.consume(next);
        return rest;
      };
    };
  }
}

/** Teaches micromark the syntax. */
export const mathsSyntax: Extension = {
  text: { [DOLLAR]: dollarText, [BACKSLASH]: bracketText },
  flow: { [DOLLAR]: block, [BACKSLASH]: block },
};

/** Makes one node of it, with the TeX as its value. */
export const mathsFromMarkdown: FromMarkdown = {
  canContainEols: ["maths"],
  enter: { maths: enterMaths },
  exit: { maths: exitMaths, mathsData: exitData },
};

function enterMaths(this: CompileContext, token: Token): void {
  this.enter({ type: "maths", value: "", isBlock: false }, token);
  this.buffer();
}

function exitData(this: CompileContext, token: Token): void {
  this.config.enter.data?.call(this, token);
  this.config.exit.data?.call(this, token);
}

function exitMaths(this: CompileContext, token: Token): void {
  const value = this.resume().trim();
  const node = this.stack.at(-1);
  if (node?.type !== "maths") throw new Error("a maths token closed what it did not open");
  const source = this.sliceSerialize(token);
  node.value = value;
  node.isBlock = source.startsWith("$$") || source.startsWith("\\[");
  this.exit(token);
}
