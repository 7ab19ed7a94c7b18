"""Reads slides (ECMA-376): titles, bullets with levels, tables, numbers behind charts, and the speaker's notes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lxml import etree
from pptx.chart.chart import Chart
from pptx.enum.shapes import PP_PLACEHOLDER as PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.package import Package
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from chatbox.files.parsers.archive import check_archive, open_archive
from chatbox.files.parsers.document import Progress, Writer, one_line
from chatbox.files.parsers.markup import attribute, children, descendant, local_name, reading_bad_bytes, to_number
from chatbox.files.parsers.properties import read_properties

MOST_SLIDES: Final = 5_000
MOST_COLUMNS: Final = 200
_DEEPEST_GROUP = 20
_TITLES = {PLACEHOLDER.TITLE, PLACEHOLDER.CENTER_TITLE, PLACEHOLDER.VERTICAL_TITLE}
_BULLETED = {PLACEHOLDER.BODY, PLACEHOLDER.OBJECT, PLACEHOLDER.VERTICAL_BODY, PLACEHOLDER.VERTICAL_OBJECT}
_FURNITURE = {PLACEHOLDER.DATE, PLACEHOLDER.FOOTER, PLACEHOLDER.HEADER, PLACEHOLDER.SLIDE_NUMBER}


def parse_pptx(path: Path, out: Writer, progress: Progress) -> None:
    """A presentation or template; hidden slides too."""
    check_archive(path)
    with reading_bad_bytes(PythonPptxError), path.open("rb") as file:
        # Not `pptx.Presentation`, which refuses slide shows and templates.
        presentation = Package.open(file).main_document_part.presentation
        count = len(presentation.slides)
        with open_archive(path) as archive:
            out.known = read_properties(archive, count)
        for number, slide in enumerate(presentation.slides, start=1):
            if number > MOST_SLIDES:
                out.note("text_cut")
                break
            _write_slide(slide, number, out)
            progress(number, count)


def _write_slide(slide: Slide, number: int, out: Writer) -> None:
    shapes = list(_shapes(slide.shapes))
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    title = one_line(" ".join(_words(shape.element) for shape in titles))
    out.mark("slide", number, title)
    out.heading(2, title)
    for shape in shapes:
        if shape not in titles and _placeholder(shape) not in _FURNITURE:
            _write_shape(shape, out)
    if slide.has_notes_slide and (holder := slide.notes_slide.notes_placeholder) is not None:
        notes = _words(holder.element).strip()
        if notes:
            out.paragraph("> " + f"Notes: {notes}".replace("\n", "\n> "))


def _shapes(shapes: Iterable[BaseShape], depth: int = 0) -> Iterator[BaseShape]:
    """The shapes in order, those in groups in place of their group."""
    for shape in shapes:
        if isinstance(shape, GroupShape):
            if depth < _DEEPEST_GROUP:
                yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _placeholder(shape: BaseShape) -> PLACEHOLDER | None:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _write_shape(shape: BaseShape, out: Writer) -> None:
    if isinstance(shape, GraphicFrame):
        if shape.has_table:
            out.table(_table_rows(shape.element))
        elif shape.has_chart:
            _write_chart(shape.chart, out)
        return
    is_bulleted = _placeholder(shape) in _BULLETED
    for paragraph in _paragraphs(shape.element):
        level = _level(paragraph)
        if is_bulleted or level:
            out.item(_text(paragraph), level)
        else:
            out.paragraph(_text(paragraph))


def _paragraphs(element: etree._Element) -> Iterator[etree._Element]:
    body = descendant(element, "txBody")
    return children(body, "p") if body is not None else iter(())


def _level(paragraph: etree._Element) -> int:
    properties = next(children(paragraph, "pPr"), None)
    return to_number(attribute(properties, "lvl")) if properties is not None else 0


def _words(element: etree._Element) -> str:
    return "\n".join(_text(paragraph) for paragraph in _paragraphs(element))


def _text(paragraph: etree._Element) -> str:
    """The words of a paragraph, fields and line breaks included."""
    pieces = []
    for element in paragraph.iter():
        name = local_name(element)
        if name == "t":
            pieces.append(element.text or "")
        elif name == "br":
            pieces.append("\n")
    return "".join(pieces)


def _table_rows(element: etree._Element) -> Iterator[list[str]]:
    """The texts of each row; cells that another spans are blank."""
    for row in element.iter("{*}tr"):
        cells = list(children(row, "tc"))[:MOST_COLUMNS]
        yield ["" if {"1", "true"} & {cell.get("hMerge"), cell.get("vMerge")} else _table_words(cell) for cell in cells]


def _table_words(cell: etree._Element) -> str:
    body = next(children(cell, "txBody"), None)
    return "\n".join(_text(paragraph) for paragraph in children(body, "p")) if body is not None else ""


def _write_chart(chart: Chart, out: Writer) -> None:
    if chart.has_title and chart.chart_title.has_text_frame:
        out.paragraph(chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)[:MOST_COLUMNS]
        head = ["", *(one.name for one in series)]
        labels = [str(label) for label in plot.categories]
        out.table(
            [head, *([label, *(_number(list(one.values), at) for one in series)] for at, label in enumerate(labels))]
        )


def _number(values: list[float | None], at: int) -> str:
    value = values[at] if at < len(values) else None
    return "" if value is None else format(value, ".15g")
