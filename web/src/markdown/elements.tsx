/** How the elements of a text are shown: links and pictures by the allow-list, code and maths by their own views. */
import type { Element } from "hast";
import type { Components } from "hast-util-to-jsx-runtime";
import i18next from "i18next";
import { Image } from "lucide-react";
import type { ReactNode } from "react";
import { imageAddress, linkAddress } from "./addresses";
import { CodeBlock } from "./code";
import { DiagramBlock } from "./diagram";
import { Maths } from "./math";

interface Shown {
  node?: Element | undefined;
  children?: ReactNode;
}

function Link({ node, children }: Shown) {
  const address = linkAddress(node?.properties.href);
  if (node?.properties.dataFootnoteBackref !== undefined) return null;
  if (address === undefined) return <>{children}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function Picture({ node }: Shown) {
  const { src, alt } = node?.properties ?? {};
  const words = typeof alt === "string" ? alt : "";
  const address = imageAddress(src);
  if (address !== undefined) return <img src={address} alt={words} loading="lazy" decoding="async" />;
  const elsewhere = linkAddress(src);
  if (elsewhere === undefined) return <>{words}</>;
  return (
    <a href={elsewhere} target="_blank" rel="noopener noreferrer nofollow" className="inline-flex items-center gap-1">
      <Image size={16} aria-hidden />
      {words || elsewhere}
    </a>
  );
}

function Block({ node, children }: Shown) {
  const code = node?.children[0];
  if (code?.type !== "element" || code.tagName !== "code") return <pre>{children}</pre>;
  const text = code.children.map((child) => (child.type === "text" ? child.value : "")).join("");
  const language = languageOf(code);
  const isOpen = code.properties.dataOpen === "true";
  if (language === "mermaid" && !isOpen) return <DiagramBlock source={text} />;
  return <CodeBlock code={text} language={language} isOpen={isOpen} />;
}

function languageOf(code: Element): string {
  const names = code.properties.className;
  const name = Array.isArray(names) ? names.map(String).find((item) => item.startsWith("language-")) : undefined;
  return name?.slice("language-".length) ?? "";
}

function Table({ children }: Shown) {
  return (
    <div className="table-frame" tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  );
}

function MathsView({ node }: Shown) {
  const source = node?.children[0];
  const isBlock = node?.properties.display === "block";
  return <Maths source={source?.type === "text" ? source.value : ""} isBlock={isBlock} />;
}

function Checkbox({ node }: Shown) {
  const isDone = node?.properties.checked === true;
  const label = i18next.t(($) => (isDone ? $.chat.taskDone : $.chat.taskOpen));
  return <input type="checkbox" checked={isDone} readOnly disabled aria-label={label} />;
}

/** Headings of an answer stand below those of the page. */
const heading = (Tag: "h3" | "h4" | "h5" | "h6", look: string) =>
  function Heading({ children }: Shown) {
    return <Tag className={look}>{children}</Tag>;
  };

export const ELEMENTS = {
  a: Link,
  img: Picture,
  pre: Block,
  table: Table,
  input: Checkbox,
  "maths-view": MathsView,
  h1: heading("h3", "title"),
  h2: heading("h3", "title"),
  h3: heading("h4", "subtitle"),
  h4: heading("h5", "subtitle"),
  h5: heading("h6", "subtitle"),
  h6: heading("h6", "subtitle"),
} as Partial<Components>;
