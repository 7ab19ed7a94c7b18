"""Reads texts and slides of OpenDocument (ISO/IEC 26300): headings, lists, tables, notes and slides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

from chatbox.files.parsers.archive import Archive, open_archive
from chatbox.files.parsers.document import FileDamaged, FileEncrypted, Progress, Writer, one_line
from chatbox.files.parsers.markup import (
    Sections,
    attribute,
    children,
    descendant,
    local_name,
    parse_xml,
    reading_bad_bytes,
    text_of,
    to_number,
)
from chatbox.files.parsers.properties import read_properties

MOST_COLUMNS: Final = 200
MOST_ROWS: Final = 100_000
_MOST_SPACES = 200
_MANIFEST = "META-INF/manifest.xml"
_CONTENT_BYTES = 64 << 20
_LINKS = ("http://", "https://", "mailto:")
# Not part of what a reader sees: deleted text, remarks, where things stand, speaker's notes (read apart).
_UNSEEN = frozenset(
    {"tracked-changes", "annotation", "annotation-end", "forms", "event-listeners", "sequence-decls", "notes"}
)
# What hangs on a paragraph and has paragraphs of its own.
_BOXES = ("frame", "custom-shape", "g")
_ROW_GROUPS = ("table-header-rows", "table-rows", "table-row-group")


def parse_odt(path: Path, out: Writer, progress: Progress) -> None:
    """A text document."""
    with reading_bad_bytes(), open_archive(path) as archive:
        reader = _open(archive, out)
        out.known = read_properties(archive)
        body = descendant(reader.root, "text")
        for block in body if body is not None else ():
            reader.write(block)
        reader.write_notes()
        progress(1, 1)


def parse_odp(path: Path, out: Writer, progress: Progress) -> None:
    """A presentation: each slide with its title, what stands on it, and the speaker's notes."""
    with reading_bad_bytes(), open_archive(path) as archive:
        reader = _open(archive, out)
        slides = list(reader.root.iter("{*}page"))
        out.known = read_properties(archive, len(slides))
        for number, slide in enumerate(slides, start=1):
            _write_slide(reader, slide, number)
            progress(number, len(slides))


def _open(archive: Archive, out: Writer) -> "_Reader":
    if _MANIFEST in archive and descendant(parse_xml(archive.read(_MANIFEST)), "encryption-data") is not None:
        raise FileEncrypted
    root = parse_xml(archive.read("content.xml", limit=_CONTENT_BYTES))
    if local_name(root) != "document-content":
        raise FileDamaged
    numbered = _numbered_lists(root)
    if "styles.xml" in archive:
        numbered |= _numbered_lists(parse_xml(archive.read("styles.xml", limit=_CONTENT_BYTES)))
    return _Reader(root, out, Sections(out), numbered)


def _numbered_lists(root: etree._Element) -> set[tuple[str, int]]:
    """Which levels (1 outermost) of which list styles have numbers."""
    return {
        (attribute(style, "name"), to_number(attribute(level, "level"), 1))
        for style in root.iter("{*}list-style")
        for level in children(style, "list-level-style-number")
        if attribute(level, "num-format")
    }


def _write_slide(reader: "_Reader", slide: etree._Element, number: int) -> None:
    titles = [frame for frame in slide.iter("{*}frame") if attribute(frame, "class") == "title"]
    title = one_line(" ".join(reader.words(frame) for frame in titles))
    reader.out.mark("slide", number, title)
    reader.out.heading(2, title)
    for shape in slide:
        if shape not in titles:
            reader.write(shape)
    for notes in children(slide, "notes"):
        words = "\n".join(text for block in notes.iter("{*}p") if (text := reader.words(block).strip()))
        if words:
            reader.out.paragraph("> " + f"Notes: {words}".replace("\n", "\n> "))


@dataclass(slots=True)
class _Reader:
    root: etree._Element
    out: Writer
    sections: Sections
    numbered: set[tuple[str, int]]
    notes: list[tuple[str, str]] = field(default_factory=list)

    def write(self, block: etree._Element) -> None:
        """Write a block and what is in it."""
        name = local_name(block)
        if name == "h":
            self.sections.heading(to_number(attribute(block, "outline-level"), 1), self.words(block))
        elif name == "p":
            self.out.paragraph(self.words(block).strip())
            self._write_boxes(block)
        elif name == "list":
            self._write_list(block, attribute(block, "style-name"), 0)
        elif name == "table":
            self._write_table(block)
        elif name not in _UNSEEN:
            for child in block:
                self.write(child)

    def write_notes(self) -> None:
        """The foot and end notes, after the text."""
        for label, text in self.notes:
            self.out.paragraph(f"[^{label}]: {text}")

    def words(self, element: etree._Element) -> str:
        """The text of an element, without what stands in boxes on it."""
        return "".join(self._pieces(element))

    def _pieces(self, element: etree._Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            yield from self._inline(child)
            yield child.tail or ""

    def _inline(self, element: etree._Element) -> Iterator[str]:
        name = local_name(element)
        if name == "s":
            yield " " * min(to_number(attribute(element, "c"), 1), _MOST_SPACES)
        elif name == "tab":
            yield " "
        elif name == "line-break":
            yield "\n"
        elif name == "note":
            yield self._note(element)
        elif name == "a":
            yield self._link(element)
        elif name and name not in _UNSEEN and name not in _BOXES:
            yield from self._pieces(element)

    def _link(self, element: etree._Element) -> str:
        words, address = self.words(element), attribute(element, "href").strip()
        if not words.strip() or words.strip() == address or not address.startswith(_LINKS):
            return words
        return f"[{one_line(words)}]({address.replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"

    def _note(self, note: etree._Element) -> str:
        label = f"{'e' if attribute(note, 'note-class') == 'endnote' else ''}{len(self.notes) + 1}"
        self.notes.append((label, ""))
        at = len(self.notes) - 1
        body = next(children(note, "note-body"), None)
        self.notes[at] = (label, one_line(self.words(body)) if body is not None else "")
        return f"[^{label}]"

    def _write_boxes(self, paragraph: etree._Element) -> None:
        for frame in children(paragraph, *_BOXES):
            for child in frame:
                self.write(child)

    def _write_list(self, block: etree._Element, style: str, depth: int) -> None:
        number = 0
        is_numbered = (style, depth + 1) in self.numbered
        for item in children(block, "list-item", "list-header"):
            number = to_number(attribute(item, "start-value"), number + 1)
            texts = [self.words(child).strip() for child in children(item, "p", "h")]
            self.out.item("\n".join(text for text in texts if text), depth, number if is_numbered else None)
            for child in item:
                if local_name(child) == "list":
                    self._write_list(child, attribute(child, "style-name") or style, depth + 1)
                elif local_name(child) == "table":
                    self._write_table(child)

    def _write_table(self, table: etree._Element) -> None:
        rows = (self._row(row) for row in _rows(table))
        self.out.table(row for row in rows if row)

    def _row(self, row: etree._Element) -> list[str]:
        """The texts of a row; a cell that spans others is followed by blanks, which the file has as covered cells."""
        texts: list[str] = []
        for cell in children(row, "table-cell", "covered-table-cell"):
            repeats = min(max(1, to_number(attribute(cell, "number-columns-repeated"), 1)), MOST_COLUMNS - len(texts))
            text = " ".join(self.words(block) for block in cell.iter("{*}p", "{*}h"))
            texts += [text if local_name(cell) == "table-cell" else ""] * repeats
        while texts and not texts[-1].strip():
            texts.pop()
        return texts


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows, each as often as it is repeated unless it is blank."""
    for child in table:
        if local_name(child) == "table-row":
            repeats = to_number(attribute(child, "number-rows-repeated"), 1) if text_of(child) else 1
            for _ in range(min(max(1, repeats), MOST_ROWS)):
                yield child
        elif local_name(child) in _ROW_GROUPS:
            yield from _rows(child)
