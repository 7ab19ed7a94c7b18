/** Draws mermaid diagrams as data URLs of SVG. */
import mermaid from "mermaid";

/** A picture as a `data:` address, with its size in pixels, so that its room is kept before it is decoded. */
export interface Drawing {
  readonly address: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

let drawn = 0;

/** Rejects when the source is not a diagram. */
export async function draw(source: string, isDark: boolean): Promise<Drawing> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: isDark ? "dark" : "neutral",
    htmlLabels: false,
    fontFamily: "system-ui, sans-serif",
    suppressErrorRendering: true,
  });
  drawn += 1;
  const { svg } = await mermaid.render(`diagram-${drawn}`, withoutTags(source));
  return pictureOf(svg);
}

/** What HTML would take for a tag; line breaks and the `<<words>>` of class diagrams are the language's own. */
const TAGS = /<(?!br\s*\/?>)(?!(?<=<<)[\w-]+>>)(?=[a-z/!?])/gi;
const NO_SPACE = "\u200b";

/** Mermaid measures labels as HTML of this page before it cleans them: a tag must not get that far. */
function withoutTags(source: string): string {
  return source.replace(TAGS, `<${NO_SPACE}`);
}

/** Mermaid writes HTML; a picture must be well-formed XML. */
function pictureOf(svg: string): Drawing {
  const root = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  if (root === null) throw new Error("mermaid drew nothing");
  const { width, height } = root.viewBox.baseVal;
  const size = { width: pixels(width), height: pixels(height) };
  if (size.width !== undefined) root.setAttribute("width", String(size.width));
  if (size.height !== undefined) root.setAttribute("height", String(size.height));
  const xml = new XMLSerializer().serializeToString(root);
  return { address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(xml)}`, ...size };
}

function pixels(length: number): number | undefined {
  return length > 0 ? Math.ceil(length) : undefined;
}
