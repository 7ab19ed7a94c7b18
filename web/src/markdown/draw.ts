/** Draws mermaid diagrams as data URLs of SVG. */
import mermaid from "mermaid";

let drawn = 0;

/** A `data:` address of the picture; rejects when the source is not a diagram. */
export async function draw(source: string): Promise<string> {
  const isDark = getComputedStyle(document.documentElement).colorScheme.includes("dark") && !prefersLight();
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
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(asXml(svg))}`;
}

/** What HTML would take for a tag; line breaks and the `<<words>>` of class diagrams are the language's own. */
const TAGS = /<(?!br\s*\/?>)(?!(?<=<<)[\w-]+>>)(?=[a-z/!?])/gi;
const NO_SPACE = "\u200b";

/** Mermaid measures labels as HTML of this page before it cleans them: a tag must not get that far. */
function withoutTags(source: string): string {
  return source.replace(TAGS, `<${NO_SPACE}`);
}

function prefersLight(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || (theme === undefined && !matchMedia("(prefers-color-scheme: dark)").matches);
}

/** Mermaid writes HTML; a picture must be well-formed XML. */
function asXml(svg: string): string {
  const root = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  if (root === null) throw new Error("mermaid drew nothing");
  const { width, height } = root.viewBox.baseVal;
  if (width > 0) root.setAttribute("width", String(Math.ceil(width)));
  if (height > 0) root.setAttribute("height", String(Math.ceil(height)));
  return new XMLSerializer().serializeToString(root);
}
