"""Reads PDF files page by page; pages that are pictures are read by OCR."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from chatbox.files.parsers.document import (
    FileDamaged,
    FileEncrypted,
    OcrMissing,
    PartialMeta,
    Progress,
    Writer,
)
from chatbox.files.parsers.job import OcrOptions
from chatbox.files.parsers.ocr import LONGEST_SIDE, PictureReader
from chatbox.files.parsers.pdf_text import Heading, paragraphs, place_headings, tidy

MOST_PAGES: Final = 5_000
MOST_HEADINGS: Final = 5_000
_DEEPEST_OUTLINE = 6
_DOTS_PER_POINT = 200 / 72
# A page with a picture and less text than this is one that was scanned: a page number or a stamp is no text.
_FEWEST_CHARACTERS = 20
# Blanks, and signs of fonts that do not say which letters they draw.
_MEANINGLESS = re.compile("[\\s\ue000-\uf8ff\ufffd]+")


def parse_pdf(path: Path, out: Writer, progress: Progress, *, ocr: OcrOptions) -> None:
    """A mark for each page, the outline as headings, and the text between."""
    with _opened(path) as document:
        count = len(document)
        known = document.get_metadata_dict(skip_empty=True)
        out.known = PartialMeta(title=known.get("Title"), author=known.get("Author"), pages=count)
        headings = _outline(document)
        pictures = PictureReader(ocr)
        for number in range(1, min(count, MOST_PAGES) + 1):
            out.mark("page", number, _label(document, number))
            _write_page(_lines_of(document, number, out, pictures), headings.get(number, ()), out)
            progress(number, count)
        if count > MOST_PAGES:
            out.note("text_cut")
        if out.is_empty() and "pages_without_text" in out.notes and not pictures.is_spent:
            raise OcrMissing


@contextmanager
def _opened(path: Path) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        protected = {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
        raise FileEncrypted if error.err_code in protected else FileDamaged from error
    with closing(document):
        yield document


def _outline(document: pdfium.PdfDocument) -> Mapping[int, Sequence[Heading]]:
    """The headings of each page, by its number. An outline that is broken is none."""
    found: dict[int, list[Heading]] = defaultdict(list)
    for bookmark in islice(document.get_toc(max_depth=_DEEPEST_OUTLINE), MOST_HEADINGS):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        title = bookmark.get_title().strip()
        if index is not None and title:
            found[index + 1].append(Heading(bookmark.level + 1, title))
    return found


def _label(document: pdfium.PdfDocument, number: int) -> str:
    """What the page calls itself (`iv`, `A-3`), if that is not just its number."""
    label = str(document.get_page_label(number - 1))
    return "" if label == str(number) else label


def _lines_of(document: pdfium.PdfDocument, number: int, out: Writer, pictures: PictureReader) -> list[str]:
    try:
        with closing(document[number - 1]) as page:
            with closing(page.get_textpage()) as text:
                written = text.get_text_range()
            if len(_MEANINGLESS.sub("", written)) < _FEWEST_CHARACTERS and _has_pictures(page):
                return _recognise(page, out, pictures) or tidy(written)
            return tidy(written)
    except pdfium.PdfiumError:
        out.note("pages_unreadable")
        return []


def _write_page(lines: Sequence[str], headings: Sequence[Heading], out: Writer) -> None:
    body: list[str] = []
    for line, level in place_headings(lines, headings):
        if level is None:
            body.append(line)
            continue
        out.paragraph(paragraphs(body))
        body.clear()
        out.heading(level, line)
    out.paragraph(paragraphs(body))


def _has_pictures(page: pdfium.PdfPage) -> bool:
    return next(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4), None) is not None


def _recognise(page: pdfium.PdfPage, out: Writer, pictures: PictureReader) -> list[str]:
    """The lines in the picture of a page. A page that could not be looked at is noted."""
    if not pictures.is_spent:
        try:
            return pictures.read(_render(page)).split("\n")
        except OcrMissing:
            pass
    out.note("pages_without_text")
    return []


def _render(page: pdfium.PdfPage) -> Image.Image:
    longest = max(*page.get_size(), 1.0)
    picture: Image.Image = page.render(scale=min(_DOTS_PER_POINT, LONGEST_SIDE / longest)).to_pil()
    return picture
