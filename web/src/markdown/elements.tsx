/** Links, pictures, tables and boxes of a text: addresses by the allow-list only. */
import i18next from "i18next";
import { Image } from "lucide-react";
import type { ReactNode } from "react";
import { imageAddress, linkAddress } from "./addresses";

const ELSEWHERE = { target: "_blank", rel: "noopener noreferrer nofollow" };

export function Link({ address, children }: { address: string | undefined; children: ReactNode }) {
  const allowed = linkAddress(address);
  if (allowed === undefined) return children;
  return (
    <a href={allowed} {...ELSEWHERE}>
      {children}
    </a>
  );
}

/** A picture of this server or of the text itself; one from elsewhere becomes a link, for it would tell who reads. */
export function Picture({ address, words }: { address: string | undefined; words: string }) {
  const allowed = imageAddress(address);
  if (allowed !== undefined) return <img src={allowed} alt={words} loading="lazy" decoding="async" />;
  const link = linkAddress(address);
  if (link === undefined) return words;
  return (
    <a href={link} {...ELSEWHERE} className="inline-flex items-center gap-1">
      <Image size={16} aria-hidden />
      {words || link}
    </a>
  );
}

/** A wide table scrolls by itself, also by keyboard. */
export function TableFrame({ children }: { children: ReactNode }) {
  return (
    <div className="table-frame" tabIndex={0} role="group" aria-label={i18next.t(($) => $.chat.table)}>
      <table>{children}</table>
    </div>
  );
}

export function TaskBox({ isDone }: { isDone: boolean }) {
  const label = i18next.t(($) => (isDone ? $.chat.taskDone : $.chat.taskOpen));
  return <input type="checkbox" checked={isDone} readOnly disabled aria-label={label} />;
}

/** About how many characters make a line, and how high a line is, in pixels. */
const LINE_LENGTH = 60;
const LINE_HEIGHT = 27;

/** Some blocks of a long text; what is far from the eye takes up its guessed or remembered height and no work. */
export function Part({ length, children }: { length: number; children: ReactNode }) {
  const height = Math.ceil(length / LINE_LENGTH) * LINE_HEIGHT;
  return (
    <div className="part" style={{ containIntrinsicSize: `auto 100% auto ${height}px` }}>
      {children}
    </div>
  );
}
