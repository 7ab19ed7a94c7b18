/** A model's text can show, but never run, fetch or lead astray; while it is written and when it is done. */
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { TooltipProvider } from "@/ui/tooltip";
import { LiveMarkdown, Markdown } from "./markdown";

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  "<svg onload=alert(1)><style>@import 'https://evil.example'</style></svg>",
  "<iframe src=https://evil.example></iframe>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt&colon;alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:x) [y](file:///etc/passwd) [z](//evil.example)",
  "<javascript:alert(1)>",
  "![x](https://evil.example/track.png)",
  "![x](data:image/svg+xml;base64,PHN2Zz4=)",
  "![x](javascript:alert(1))",
  "![x][r]\n\n[r]: https://evil.example/ref.png",
  "[x][r]\n\n[r]: javascript:alert(1)",
  '```"><script>alert(1)</script>\ncode\n```',
  "```js onload=alert(1)\n<script>alert(1)</script>\n```",
  "| <b>a</b> |\n|---|\n| [x](javascript:alert(1)) |",
  "[^1]\n\n[^1]: <img src=x onerror=alert(1)> [x](javascript:alert(1))",
  "$\\href{javascript:alert(1)}{x}$ $\\includegraphics{https://evil.example/x.png}$",
  "$$<script>alert(1)</script>$$",
];

const show = (text: string, isLive: boolean) =>
  render(<TooltipProvider>{isLive ? <LiveMarkdown text={text} /> : <Markdown text={text} />}</TooltipProvider>);

function expectHarmless(box: HTMLElement) {
  expect(box.querySelectorAll("script, iframe, object, embed, style, form, svg:not(.lucide)")).toHaveLength(0);
  for (const element of box.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on/i);
      if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/);
      if (name === "src") expect(value).toMatch(/^(data:image\/(png|jpeg|gif|webp|avif);|\/api\/v1\/files\/)/);
    }
  }
}

describe("a hostile text", () => {
  it.each(HOSTILE)("does no harm when it is done: %s", (text) => {
    expectHarmless(show(text, false).container);
  });

  it.each(HOSTILE)("does no harm at any moment while it is written: %s", (text) => {
    const page = show("", true);
    for (let end = 1; end <= text.length; end += 1) {
      page.rerender(<TooltipProvider>{<LiveMarkdown text={text.slice(0, end)} />}</TooltipProvider>);
      expectHarmless(page.container);
    }
  });
});

describe("Markdown", () => {
  it("opens links elsewhere, without telling where from", () => {
    show("[x](https://example.org)", false);
    const link = screen.getByRole("link", { name: "x" });
    expect(link.getAttribute("target")).toBe("_blank");
    expect(link.getAttribute("rel")).toContain("noopener");
  });

  it("makes a link of a picture from elsewhere", () => {
    show("![a cat](https://example.org/cat.png)", false);
    expect(screen.getByRole("link", { name: "a cat" })).toBeTruthy();
    expect(screen.queryByRole("img")).toBeNull();
  });

  it("shows a picture that the text carries itself", () => {
    show("![dot](data:image/png;base64,iVBORw0KGgo=)", false);
    expect(screen.getByRole("img", { name: "dot" })).toBeTruthy();
  });

  it("resolves references that stand at the end of a long answer once it is done", () => {
    show(`See [the page][p].\n\n${"A paragraph.\n\n".repeat(10)}[p]: https://example.org/page`, false);
    expect(screen.getByRole("link", { name: "the page" }).getAttribute("href")).toBe("https://example.org/page");
  });

  it("shows the same words live and done", () => {
    const text = "# Title\n\nOne **bold** word.\n\n- a\n- b\n\n| h |\n|---|\n| c |\n\n> quote\n\n1. x\n2. y\n\nEnd.";
    const live = show(text, true).container.textContent;
    expect(live).toBe(show(text, false).container.textContent);
  });
});
