"""Every format is told by its bytes and read in a process of its own."""

from functools import partial
from pathlib import Path

import pytest
from tests.files.parsers import samples
from tests.files.parsers.apart import read_apart
from tests.files.parsers.pdfs import pages_of
from tests.files.parsers.reading import read

from chatbox.files.parsers.document import Parser, TextFull, Writer
from chatbox.files.parsers.docx import parse_docx
from chatbox.files.parsers.eml import parse_eml
from chatbox.files.parsers.epub import parse_epub
from chatbox.files.parsers.html import parse_html
from chatbox.files.parsers.job import OcrOptions
from chatbox.files.parsers.notebook import parse_notebook
from chatbox.files.parsers.odf import parse_odp, parse_odt
from chatbox.files.parsers.pdf import parse_pdf
from chatbox.files.parsers.pptx import parse_pptx
from chatbox.files.parsers.text import parse_markdown
from chatbox.files.parsers.xlsx import parse_xlsx


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        pytest.param(samples.docx_file(), "report.docx", "第一段", id="docx"),
        pytest.param(samples.xlsx_file(), "budget.xlsx", "| bus |", id="xlsx"),
        pytest.param(samples.ods_file(), "table.ods", "| 茶 |", id="ods"),
        pytest.param(samples.pptx_file(), "slides.pptx", "grouped 组", id="pptx"),
        pytest.param(samples.epub_file(), "book.epub", "天黑了", id="epub"),
        pytest.param(samples.odt_file(), "trip.odt", "# Trip 旅行", id="odt"),
        pytest.param(samples.odp_file(), "talk.odp", "only words", id="odp"),
        pytest.param(samples.eml_file(), "letter.eml", "九点见", id="eml"),
        pytest.param(samples.notebook_file(), "study.ipynb", "```julia", id="notebook"),
        pytest.param("<!doctype html><h1>页</h1>".encode(), "page.html", "# 页", id="html"),
        pytest.param("a;b\n茶;2\n".encode(), "values.csv", "| 茶 | 2 |", id="csv"),
    ],
)
async def test_a_file_of_this_format_is_read_apart(tmp_path: Path, content: bytes, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert words in (await read_apart(path)).text


@pytest.mark.parametrize(
    ("parser", "content"),
    [
        pytest.param(parse_docx, samples.docx_file(), id="docx"),
        pytest.param(parse_xlsx, samples.xlsx_file(), id="xlsx"),
        pytest.param(parse_pptx, samples.pptx_file(), id="pptx"),
        pytest.param(parse_epub, samples.epub_file(), id="epub"),
        pytest.param(parse_odt, samples.odt_file(), id="odt"),
        pytest.param(parse_odp, samples.odp_file(), id="odp"),
        pytest.param(parse_eml, samples.eml_file(), id="eml"),
        pytest.param(parse_notebook, samples.notebook_file(), id="notebook"),
        pytest.param(parse_html, b"<title>Page</title><p>Words", id="html"),
        pytest.param(parse_markdown, b"# Book\n\nWords", id="markdown"),
        pytest.param(partial(parse_pdf, ocr=OcrOptions("off")), pages_of([["Words"]], title="Paper"), id="pdf"),
    ],
)
def test_what_is_known_of_a_file_stays_known_when_its_text_is_cut(
    tmp_path: Path, parser: Parser, content: bytes
) -> None:
    whole = read(parser, content, tmp_path)
    out = Writer(most=3)

    with pytest.raises(TextFull):
        parser(tmp_path / "file", out, lambda done, of: None)

    assert whole.meta.title
    assert out.known == whole.meta
