"""Reads Word documents (ECMA-376): headings, lists, tables and notes, without headers and footers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError
from docx.opc.package import OpcPackage
from docx.opc.part import Part, XmlPart
from docx.opc.rel import Relationships
from lxml import etree

from chatbox.files.parsers.archive import check_archive, open_archive
from chatbox.files.parsers.document import FileDamaged, Progress, Writer, one_line
from chatbox.files.parsers.docx_styles import Styles, read_styles, value_of
from chatbox.files.parsers.markup import (
    Sections,
    attribute,
    children,
    descendant,
    local_name,
    parse_xml,
    reading_bad_bytes,
    to_number,
)
from chatbox.files.parsers.properties import read_properties

MOST_COLUMNS: Final = 200
_PROGRESS_EVERY = 200
_SIGNS = {"br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-", "softHyphen": "", "ptab": " "}
# What holds more of the running text, and is looked through.
_TRANSPARENT = frozenset(
    [
        "r",
        "ins",
        "moveTo",
        "smartTag",
        "sdt",
        "sdtContent",
        "customXml",
        "fldSimple",
        "oMath",
        "oMathPara",
        "AlternateContent",
        "Choice",
        "dir",
        "bdo",
        "e",
        "num",
        "den",
        "sub",
        "sup",
        "deg",
        "fName",
        "f",
        "sSup",
        "sSub",
        "sSubSup",
        "rad",
        "nary",
        "d",
        "m",
        "mr",
        "func",
        "acc",
        "bar",
        "box",
        "groupChr",
        "limLow",
        "limUpp",
    ]
)
_DRAWINGS = frozenset({"drawing", "pict", "object"})
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"})


def parse_docx(path: Path, out: Writer, progress: Progress) -> None:
    """A document or template, with or without macros, which are never looked at."""
    check_archive(path)
    with reading_bad_bytes(), open_archive(path) as archive:
        out.known = read_properties(archive)
    with reading_bad_bytes(OpcError, PythonDocxError), path.open("rb") as file:
        # Not `docx.Document`, which refuses templates, macros and the strict variant for the types they declare.
        main = _related(OpcPackage.open(file).rels, "officeDocument")
        if main is None:
            raise FileDamaged
        styles = read_styles(_root(_related(main.rels, "styles")), _root(_related(main.rels, "numbering")))
        reader = _Reader(out, Sections(out), styles, _links(main))
        body = descendant(_element(main), "body")
        blocks = list(_blocks(body)) if body is not None else []
        for done, block in enumerate(blocks):
            reader.write(block)
            if done % _PROGRESS_EVERY == 0:
                progress(done, len(blocks))
        for kind, sign in (("footnotes", ""), ("endnotes", "e")):
            reader.write_notes(_root(_related(main.rels, kind)), sign)
        progress(len(blocks), len(blocks))


def _related(relations: Relationships, kind: str) -> Part | None:
    """The part of this kind. The strict and the usual variant name it by addresses that end alike."""
    for relation in relations.values():
        if not relation.is_external and relation.reltype.endswith("/" + kind):
            part: Part = relation.target_part
            return part
    return None


def _element(part: Part) -> etree._Element:
    return part.element if isinstance(part, XmlPart) else parse_xml(part.blob)


def _root(part: Part | None) -> etree._Element | None:
    return _element(part) if part is not None else None


def _links(part: Part) -> dict[str, str]:
    """Addresses by relation id: shown to the reader, never opened."""
    return {key: relation.target_ref for key, relation in part.rels.items() if relation.is_external}


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables in order, those in content controls and insertions too."""
    for child in parent:
        name = local_name(child)
        if name in {"p", "tbl"}:
            yield child
        elif name in _WRAPPERS:
            yield from _blocks(child)


@dataclass(slots=True)
class _Reader:
    out: Writer
    sections: Sections
    styles: Styles
    links: dict[str, str]
    counters: dict[tuple[str, int], int] = field(default_factory=dict)

    def write(self, block: etree._Element) -> None:
        if local_name(block) == "tbl":
            self._write_table(block)
        else:
            self._write_paragraph(block)

    def write_notes(self, notes: etree._Element | None, sign: str) -> None:
        """The foot or end notes, after the text, under the labels that stand in it."""
        for note in notes if notes is not None else ():
            text = one_line(" ".join(self._words(block) for block in _blocks(note)))
            if text and attribute(note, "type") in {"", "normal"}:
                self.out.paragraph(f"[^{sign}{attribute(note, 'id')}]: {text}")

    def _write_paragraph(self, paragraph: etree._Element) -> None:
        text = self._words(paragraph).strip()
        style = self.styles.of_paragraph(paragraph)
        if style.heading:
            self.sections.heading(style.heading, text)
        elif style.list_id and text:
            self.out.item(text, style.depth, self._number(style.list_id, style.depth) if style.is_numbered else None)
        else:
            self.out.paragraph(text)
        for box in _boxes(paragraph):
            for block in _blocks(box):
                self.write(block)

    def _number(self, list_id: str, depth: int) -> int:
        number = self.counters.get((list_id, depth), self.styles.start(list_id, depth) - 1) + 1
        self.counters[list_id, depth] = number
        for deeper in [key for key in self.counters if key[0] == list_id and key[1] > depth]:
            del self.counters[deeper]
        return number

    def _write_table(self, table: etree._Element) -> None:
        rows = [list(_within(row, "tc")) for row in _within(table, "tr")]
        if all(len(row) <= 1 for row in rows):  # a frame around text
            for row in rows:
                for cell in row:
                    for block in _blocks(cell):
                        self.write(block)
            return
        self.out.table([text for cell in row for text in self._cell_texts(cell)][:MOST_COLUMNS] for row in rows)

    def _cell_texts(self, cell: etree._Element) -> list[str]:
        """The text of a cell, and a blank for each further column that it spans or if it goes on from above."""
        span = merge = None
        for properties in children(cell, "tcPr"):
            span = next(children(properties, "gridSpan"), None)
            merge = next(children(properties, "vMerge"), None)
        width = min(to_number(value_of(span), 1) or 1, MOST_COLUMNS)
        is_continued = merge is not None and value_of(merge) != "restart"
        text = "" if is_continued else " ".join(self._words(block) for block in cell.iter("{*}p")).strip()
        return [text, *[""] * (width - 1)]

    def _words(self, element: etree._Element) -> str:
        return "".join(self._pieces(element))

    def _pieces(self, element: etree._Element) -> Iterator[str]:
        for child in element:
            name = local_name(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name == "hyperlink":
                yield self._link(child)
            elif name in {"footnoteReference", "endnoteReference"}:
                yield f"[^{'e' if name[0] == 'e' else ''}{attribute(child, 'id')}]"
            elif name in _TRANSPARENT:
                yield from self._pieces(child)

    def _link(self, element: etree._Element) -> str:
        words = self._words(element)
        address = self.links.get(attribute(element, "id"), "")
        if not words.strip() or words.strip() == address or not address.startswith(("http://", "https://", "mailto:")):
            return words
        return f"[{one_line(words)}]({address.replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"


def _boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Text boxes that hang on a paragraph; a fallback for older programs repeats one and is left out."""
    for element in paragraph.iter(*("{*}" + name for name in _DRAWINGS)):
        for box in element.iter("{*}txbxContent"):
            above = {local_name(ancestor) for ancestor in box.iterancestors()}
            if "Fallback" not in above and sum(1 for _ in box.iterancestors("{*}txbxContent")) == sum(
                1 for _ in paragraph.iterancestors("{*}txbxContent")
            ):
                yield box


def _within(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, those in content controls too."""
    for child in parent:
        if local_name(child) == name:
            yield child
        elif local_name(child) in _WRAPPERS:
            yield from _within(child, name)
