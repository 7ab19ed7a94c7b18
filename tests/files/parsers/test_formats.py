"""Every format is told by its bytes and read in a process of its own."""

from pathlib import Path

import pytest
from tests.files.parsers import samples
from tests.files.parsers.apart import read_apart


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
