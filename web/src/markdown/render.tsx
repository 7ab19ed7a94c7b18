/** A Markdown tree as React elements: a closed list of nodes, each with its own view, and nothing else. */
import type { Definition, FootnoteDefinition, ListItem, Nodes, Parents, Root, Table } from "mdast";
import { Fragment, type ReactNode } from "react";
import { CodeBlock } from "./code";
import { DiagramBlock } from "./diagram";
import { Link, Part, Picture, TableFrame, TaskBox } from "./elements";
import { Maths } from "./math";
import { canName, Words } from "./sources";

/** What a node may refer to elsewhere in its text. */
interface Surroundings {
  readonly source: string;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly footnotes: readonly FootnoteDefinition[];
}

/** `source` is what `tree` was parsed from; it tells which code fences are closed. */
export function render(tree: Root, source: string): ReactNode {
  const footnotes = tree.children.filter((node) => node.type === "footnoteDefinition");
  const around: Surroundings = { source, definitions: definitionsIn(tree), footnotes };
  return (
    <>
      {partsOf(tree, around)}
      {footnotes.length > 0 && (
        <ol className="footnotes">
          {footnotes.map((note) => (
            <li key={note.identifier}>{children(note, around)}</li>
          ))}
        </ol>
      )}
    </>
  );
}

/** A long text is drawn in parts, so that the browser lays out only those that are near the eye. */
const BLOCKS_IN_PART = 24;
const LONG_TEXT = 12_000;

function partsOf(tree: Root, around: Surroundings): ReactNode {
  const shown = children(tree, around);
  if (around.source.length < LONG_TEXT) return shown;
  const starts = Array.from({ length: Math.ceil(shown.length / BLOCKS_IN_PART) }, (_, part) => part * BLOCKS_IN_PART);
  const offset = (index: number) => tree.children[index]?.position?.start.offset ?? around.source.length;
  return starts.map((start) => (
    <Part key={start} length={offset(start + BLOCKS_IN_PART) - offset(start)}>
      {shown.slice(start, start + BLOCKS_IN_PART)}
    </Part>
  ));
}

function definitionsIn(tree: Root): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const node of tree.children) {
    // The first one counts (CommonMark §4.7).
    if (node.type === "definition" && !found.has(node.identifier)) found.set(node.identifier, node);
  }
  return found;
}

function children(node: Parents, around: Surroundings): ReactNode[] {
  return node.children.map((child, index) => <Fragment key={index}>{show(child, around)}</Fragment>);
}

/** Headings of an answer stand below those of the page. */
const HEADINGS = {
  1: { tag: "h2", look: "title" },
  2: { tag: "h2", look: "title" },
  3: { tag: "h3", look: "subtitle" },
  4: { tag: "h4", look: "subtitle" },
  5: { tag: "h5", look: "subtitle" },
  6: { tag: "h6", look: "subtitle" },
} as const;

type Views = {
  readonly [Type in Nodes["type"]]: (node: Extract<Nodes, { type: Type }>, around: Surroundings) => ReactNode;
};

const nothing = () => null;

const VIEWS: Views = {
  root: children,
  text: (node) => (canName(node.value) ? <Words text={node.value} /> : node.value),
  break: () => <br />,
  emphasis: (node, around) => <em>{children(node, around)}</em>,
  strong: (node, around) => <strong>{children(node, around)}</strong>,
  delete: (node, around) => <del>{children(node, around)}</del>,
  inlineCode: (node) => <code>{node.value}</code>,
  maths: (node) => <Maths source={node.value} isBlock={node.isBlock} />,
  link: (node, around) => <Link address={node.url}>{children(node, around)}</Link>,
  linkReference: (node, around) => (
    <Link address={around.definitions.get(node.identifier)?.url}>{children(node, around)}</Link>
  ),
  image: (node) => <Picture address={node.url} words={node.alt ?? ""} />,
  imageReference: (node, around) => (
    <Picture address={around.definitions.get(node.identifier)?.url} words={node.alt ?? ""} />
  ),
  footnoteReference: (node, around) => (
    <sup>{around.footnotes.findIndex((note) => note.identifier === node.identifier) + 1}</sup>
  ),
  paragraph: (node, around) => <p>{children(node, around)}</p>,
  heading: (node, around) => {
    const { tag: Tag, look } = HEADINGS[node.depth];
    return <Tag className={look}>{children(node, around)}</Tag>;
  },
  blockquote: (node, around) => <blockquote>{children(node, around)}</blockquote>,
  list: (node, around) => {
    const items = children(node, around);
    return node.ordered === true ? <ol start={node.start ?? 1}>{items}</ol> : <ul>{items}</ul>;
  },
  listItem: showItem,
  thematicBreak: () => <hr />,
  code: showCode,
  table: showTable,
  tableRow: children,
  tableCell: children,
  // HTML is never parsed, so there is none; definitions are shown where they are referred to.
  html: nothing,
  yaml: nothing,
  definition: nothing,
  footnoteDefinition: nothing,
};

function show(node: Nodes, around: Surroundings): ReactNode {
  const view = VIEWS[node.type] as (node: Nodes, around: Surroundings) => ReactNode;
  return view(node, around);
}

const CLOSING_FENCE = /\n[\s>]*(?:`{3,}|~{3,})[ \t]*$/;

function showCode(node: Extract<Nodes, { type: "code" }>, { source }: Surroundings): ReactNode {
  const written = source.slice(node.position?.start.offset, node.position?.end.offset);
  // Indented code has no fence; a fence that is being typed may have no line after it yet.
  const isOpen = /^(?:```|~~~)/.test(written) && !CLOSING_FENCE.test(written);
  const language = node.lang ?? "";
  if (language === "mermaid" && !isOpen) return <DiagramBlock source={node.value} />;
  return <CodeBlock code={node.value} language={language} isOpen={isOpen} />;
}

function showItem(item: ListItem, around: Surroundings): ReactNode {
  // A tight item holds its text without a paragraph of its own (CommonMark §5.3).
  const content = item.children.map((child, index) => (
    <Fragment key={index}>
      {child.type === "paragraph" && item.spread !== true ? children(child, around) : show(child, around)}
    </Fragment>
  ));
  if (typeof item.checked !== "boolean") return <li>{content}</li>;
  return (
    <li className="task">
      <TaskBox isDone={item.checked} />
      {content}
    </li>
  );
}

function showTable(table: Table, around: Surroundings): ReactNode {
  const [head, ...body] = table.children;
  const cells = (row: Table["children"][number] | undefined, Tag: "th" | "td") =>
    row?.children.map((cell, column) => (
      <Tag key={column} style={{ textAlign: table.align?.[column] ?? "start" }}>
        {children(cell, around)}
      </Tag>
    ));
  return (
    <TableFrame>
      <thead>
        <tr>{cells(head, "th")}</tr>
      </thead>
      <tbody>
        {body.map((row, index) => (
          <tr key={index}>{cells(row, "td")}</tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
