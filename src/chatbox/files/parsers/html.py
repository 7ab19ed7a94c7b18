"""Turns HTML into Markdown: what a reader of the page would see, with headings, lists, tables, code and links.

An own walk over lxml's tree, since the libraries for it were slower, crashed or lost text on nested pages: decision 16.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

from chatbox.files.parsers.document import FileDamaged, FileTooComplex, PartialMeta, Progress, Writer, one_line
from chatbox.files.parsers.encoding import decode
from chatbox.files.parsers.html_table import Table, is_layout
from chatbox.files.parsers.markup import Sections, attribute, local_name, reading_bad_bytes, to_number

MOST_BYTES: Final = 64 << 20
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
# WHATWG Encoding §4.2: names that stand for a larger set on the web.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "iframe",
        "object",
        "embed",
        "applet",
        "canvas",
        "audio",
        "video",
        "map",
        "head",
        "select",
        "datalist",
        "textarea",
        "input",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    [
        "html",
        "body",
        "div",
        "p",
        "section",
        "article",
        "main",
        "aside",
        "header",
        "footer",
        "nav",
        "address",
        "figure",
        "figcaption",
        "form",
        "fieldset",
        "legend",
        "center",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "hr",
        "caption",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "blockquote",
        "pre",
        "ul",
        "ol",
        "li",
        "menu",
    ]
)
_SIGNS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "samp": "`", "del": "~~", "s": "~~"}
_HIDDEN_BY_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>]{1,2000}\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight-source|brush:?)-?\s?([\w+#.-]{1,30})")
_WHITE = re.compile(r"[ \t\r\n\f]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_SPACES = re.compile(r" {2,}")


def parse_html(path: Path, out: Writer, progress: Progress) -> None:
    """A page saved as HTML or XHTML."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooComplex
    tree = html_tree(decode_html(content))
    if tree is not None:
        out.known = PartialMeta(title=_title(tree), author=_author(tree))
        write_html(tree, out, Sections(out))
    progress(1, 1)


def decode_html(content: bytes, charset: str = "") -> str:
    """The text by its byte order mark, as UTF-8, by `charset` from outside, by its `meta` element, or by look."""
    declared = _CHARSET.search(content[:_CHARSET_WITHIN])
    name = (charset or (declared[1].decode("ascii", "replace") if declared else "")).lower()
    return decode(content, _WIDER.get(name, name) or None)


def html_tree(text: str) -> etree._Element | None:
    """The tree of a page, mended where it is broken; None if nothing is in it. Too deep pages are refused."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        tree: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if not text.strip():
            return None
        raise FileDamaged from error
    finally:
        if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            raise FileTooComplex
    return tree


def write_html(tree: etree._Element, out: Writer, sections: Sections | None = None) -> None:
    """Write what is seen of this page; with `sections`, its headings are marked too."""
    page = _Page(out, sections.heading if sections is not None else out.heading)
    with reading_bad_bytes():
        walk = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                page.leave(element)
            elif not page.enter(element):
                walk.skip_subtree()
        page.flush()


@dataclass(slots=True)
class _Page:
    """Where the walk is: which words wait to become a block, and in which lists, tables and quotations they stand."""

    out: Writer
    heading: Callable[[int, str], None]
    words: list[str] = field(default_factory=list)
    # How many words there were when each open `b`, `a` … began.
    openings: list[tuple[etree._Element, int]] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    is_item_new: bool = False
    quotes: int = 0
    level: int = 0
    code: etree._Element | None = None
    skipped: etree._Element | None = None
    table: Table | None = None
    table_element: etree._Element | None = None

    def enter(self, element: etree._Element) -> bool:
        """Take note of an element that begins; False: nothing of it is seen."""
        name = local_name(element)
        if self.code is None and (not name or name in _UNSEEN or _is_hidden(element)):
            self.skipped = element
            return False
        if self.code is not None:
            self.words.append("\n" if name == "br" else "")
        elif self.table is not None:
            self._enter_in_table(name, element)
        elif name in _BLOCKS or name in _HEADINGS:
            self._enter_block(name, element)
        else:
            self._enter_words(name, element)
        self._say(element.text)
        return True

    def leave(self, element: etree._Element) -> None:
        """Take note of an element that ended, and of the text behind it."""
        name = local_name(element)
        if element is self.skipped:
            self.skipped = None
        elif self.code is not None:
            self._leave_code(element)
        elif self.table is not None:
            self._leave_in_table(name, element)
        elif name in _BLOCKS or name in _HEADINGS:
            self._leave_block(name)
        else:
            self._leave_words(element)
        self._say(element.tail)

    def flush(self) -> None:
        """Write the words that wait as the block that they are."""
        text = _tidy(self.words)
        self.words.clear()
        self.openings = [(element, 0) for element, _ in self.openings]
        if not text:
            return
        if self.level:
            self.heading(self.level, text.replace("\n", " "))
        elif self.is_item_new:
            self.out.item(text, len(self.lists) - 1, self.lists[-1] if self.lists else None)
        elif self.lists:
            indent = "    " * len(self.lists)
            self.out.raw(indent + text.replace("\n", "\n" + indent))
        elif self.quotes:
            sign = "> " * min(self.quotes, 8)
            self.out.raw(sign + text.replace("\n", "\n" + sign))
        else:
            self.out.paragraph(text)
        self.is_item_new = False

    def _say(self, text: str | None) -> None:
        if text:
            self.words.append(text if self.code is not None else _WHITE.sub(" ", text))

    def _enter_block(self, name: str, element: etree._Element) -> None:
        self.flush()
        if name in _HEADINGS:
            self.level = _HEADINGS[name]
        elif name in {"ul", "ol", "menu"}:
            self.lists.append(to_number(element.get("start", ""), 1) - 1 if name == "ol" else None)
        elif name == "dd":
            self.lists.append(None)
            self.is_item_new = True
        elif name == "li":
            self._enter_item()
        elif name == "blockquote":
            self.quotes += 1
        elif name == "pre":
            self.code = element
        elif name == "table" and not is_layout(element):
            self.table, self.table_element = Table(), element

    def _enter_item(self) -> None:
        if self.lists and (number := self.lists[-1]) is not None:
            self.lists[-1] = number + 1
        self.is_item_new = True

    def _leave_block(self, name: str) -> None:
        self.flush()
        if name in _HEADINGS:
            self.level = 0
        elif name in {"ul", "ol", "menu", "dd"} and self.lists:
            self.lists.pop()
        elif name == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        self.is_item_new = False if name in {"li", "dd"} else self.is_item_new

    def _leave_code(self, element: etree._Element) -> None:
        if element is self.code:
            self.out.code("".join(self.words).expandtabs(4), _language(element))
            self.words.clear()
            self.code = None

    def _enter_words(self, name: str, element: etree._Element) -> None:
        if name == "br":
            self.words.append("\n")
        elif name == "img":
            self.words.append(_WHITE.sub(" ", attribute(element, "alt")))
        elif name in _SIGNS or name == "a":
            self.openings.append((element, len(self.words)))

    def _leave_words(self, element: etree._Element) -> None:
        if not self.openings or self.openings[-1][0] is not element:
            return
        _, start = self.openings.pop()
        inner = "".join(self.words[start:])
        stripped = inner.strip()
        if stripped:
            before = inner[: len(inner) - len(inner.lstrip())]
            after = inner[len(inner.rstrip()) :]
            self.words[start:] = [before, _dress(element, stripped), after]

    def _enter_in_table(self, name: str, element: etree._Element) -> None:
        assert self.table is not None
        if name == "tr":
            self.table.begin_row()
        elif name in {"td", "th"}:
            self._end_cell()
            self.table.begin_cell(attribute(element, "colspan"), attribute(element, "rowspan"))
        elif name in _BLOCKS or name in _HEADINGS:
            self.words.append(" ")
        else:
            self._enter_words(name, element)

    def _leave_in_table(self, name: str, element: etree._Element) -> None:
        assert self.table is not None
        if element is self.table_element:
            self._end_cell()
            rows, self.table = self.table.rows, None
            self.out.table(rows)
        elif name in {"td", "th", "caption", "tr"}:
            self._end_cell()
        elif name in _BLOCKS or name in _HEADINGS:
            self.words.append(" ")
        else:
            self._leave_words(element)

    def _end_cell(self) -> None:
        assert self.table is not None
        text = _tidy(self.words)
        self.words.clear()
        self.openings.clear()
        if not self.table.end_cell(text):
            self.out.paragraph(text)


def _is_hidden(element: etree._Element) -> bool:
    attributes = element.attrib
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN_BY_STYLE.search(str(attributes.get("style", ""))))
    )


def _dress(element: etree._Element, words: str) -> str:
    name = local_name(element)
    if name == "a":
        address = attribute(element, "href").strip()
        if not _LINK.match(address) or one_line(words) == address:
            return words
        return f"[{one_line(words)}]({address.replace('(', '%28').replace(')', '%29')})"
    sign = _SIGNS[name]
    if sign in words or "\n" in words:
        return words
    return f"{sign}{words}{sign}"


def _language(element: etree._Element) -> str:
    for place in (element, *list(element)[:1]):
        if found := _LANGUAGE.search(attribute(place, "class")):
            return found[1]
    return ""


def _tidy(words: list[str]) -> str:
    text = "".join(words).replace("\xa0", " ").replace("\xad", "").replace("\u200b", "")
    return _AROUND_LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _title(tree: etree._Element | None) -> str | None:
    found = next(tree.iter("{*}title"), None) if tree is not None else None
    return one_line("".join(str(piece) for piece in found.itertext())) or None if found is not None else None


def _author(tree: etree._Element | None) -> str | None:
    for element in tree.iter("{*}meta") if tree is not None else ():
        if attribute(element, "name").lower() == "author":
            return one_line(attribute(element, "content")) or None
    return None
