"""Files made to do harm: each ends in a clear failure or in harmless text, and the server goes on."""

import asyncio
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from tests.files.parsers import samples
from tests.files.parsers.apart import NO_OCR, read_apart
from tests.files.parsers.pdfs import keep, one_page, pdf_of, stream
from tests.files.parsers.reading import member, with_member
from tests.files.parsers.test_archive import lying_zip
from tests.files.parsers.test_image import png_that_claims

from chatbox.files.parsers.document import ReadFailed
from chatbox.files.parsers.sandbox import ReadOptions


async def _outcome(folder: Path, content: bytes, name: str) -> str:
    """The code of its failure, or `read` and the text."""
    options = ReadOptions(filename=name, ocr=NO_OCR, most_seconds=60.0)
    try:
        return "read " + (await read_apart(keep(folder, content, "file"), options=options)).text
    except ReadFailed as failure:
        return failure.code


def _xml_bomb() -> str:
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'


def _after_declaration(xml: str, inserted: str) -> str:
    head, end, rest = xml.partition("?>")
    return head + end + inserted + rest if end else inserted + xml


def _packed_twice(content: bytes) -> bytes:
    return zlib.compress(zlib.compress(content, 9), 9)


def _far_corners() -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (samples.docx_file, "word/document.xml"),
        (samples.xlsx_file, "xl/worksheets/sheet1.xml"),
        (samples.pptx_file, "ppt/slides/slide1.xml"),
        (samples.odt_file, "content.xml"),
        (samples.epub_file, "META-INF/container.xml"),
    ],
)
class TestOfficeFiles:
    async def test_a_part_that_inflates_without_end(self, tmp_path: Path, make: Callable[[], bytes], part: str) -> None:
        bomb = with_member(make(), part, b"<x>" + bytes(30 << 20))
        assert await _outcome(tmp_path, bomb, "x") == "file_too_complex"

    async def test_a_part_that_names_a_file_of_the_server(
        self, tmp_path: Path, make: Callable[[], bytes], part: str
    ) -> None:
        secret = keep(tmp_path, b"the-secret", "secret")
        content = make()
        reaching = _after_declaration(
            member(content, part), f'<!DOCTYPE x [<!ENTITY leak SYSTEM "file://{secret}">]>'
        ).replace("</", "&leak;</", 1)
        assert "the-secret" not in await _outcome(tmp_path, with_member(content, part, reaching), "x")

    async def test_a_part_that_repeats_itself_a_billion_times(
        self, tmp_path: Path, make: Callable[[], bytes], part: str
    ) -> None:
        content = make()
        growing = _after_declaration(member(content, part), _xml_bomb()).replace("</", "&l9;</", 1)
        outcome = await _outcome(tmp_path, with_member(content, part, growing), "x")
        assert len(outcome) < 100_000


async def test_a_document_whose_part_is_longer_than_it_says(tmp_path: Path) -> None:
    lying = lying_zip("[Content_Types].xml", b"wordprocessingml.document.main+xml" + bytes(80 << 20), claimed=34)
    assert await _outcome(tmp_path, lying, "x.docx") in {"file_damaged", "file_too_complex"}


async def test_a_sheet_with_cells_in_its_far_corners(tmp_path: Path) -> None:
    assert await _outcome(tmp_path, _far_corners(), "x.xlsx") == "file_too_complex"


async def test_members_that_lead_out_of_the_archive_are_written_nowhere(tmp_path: Path) -> None:
    slipping = with_member(samples.docx_file(), "../../../../../../tmp/slipped-by-a-test.txt", b"x")
    assert (await _outcome(tmp_path, slipping, "x.docx")).startswith("read ")
    assert not Path("/tmp/slipped-by-a-test.txt").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            pdf_of(one_page(_packed_twice(b"BT (x) Tj ET " * (6 << 20)), b"/Filter [/FlateDecode /FlateDecode]")),
            id="inflates",
        ),
        pytest.param(pdf_of({1: b"<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] /Count 9 >>"}), id="own-page"),
        pytest.param(
            pdf_of(
                {
                    1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 3 0 R >>",
                    2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>",
                    3: b"<< /First 4 0 R /Last 4 0 R /Count 1 >>",
                    4: b"<< /Title (x) /Parent 3 0 R /Next 4 0 R /First 4 0 R >>",
                }
            ),
            id="circles",
        ),
        pytest.param(pdf_of({1: b"[" * 1_000_000}), id="nested"),
        pytest.param(pdf_of(one_page(b"q " * 1_000_000 + b"BT ET")), id="unbalanced"),
        pytest.param(
            pdf_of({**one_page(b"/X Do"), 6: stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1]")}),
            id="draws-itself",
        ),
        pytest.param(b"%PDF-1.7\n" + bytes(range(256)) * 4000, id="garbage"),
    ],
)
async def test_a_pdf_that_means_harm(tmp_path: Path, content: bytes) -> None:
    assert await _outcome(tmp_path, content, "x.pdf") in {"file_damaged", "file_too_complex", "file_empty"}


async def test_a_picture_of_more_pixels_than_memory(tmp_path: Path) -> None:
    assert await _outcome(tmp_path, png_that_claims(60_000, 60_000), "x.png") == "file_too_complex"


async def test_a_notebook_nested_without_end(tmp_path: Path) -> None:
    nested = b'{"cells": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"
    assert await _outcome(tmp_path, nested, "x.ipynb") in {"file_damaged", "file_too_complex"}


async def test_a_page_nested_without_end(tmp_path: Path) -> None:
    outcome = await _outcome(tmp_path, b"<html>" + b"<div><b>" * 200_000 + b"deep", "x.html")
    assert outcome.startswith("read") or outcome in {"file_damaged", "file_too_complex", "file_empty"}


async def test_a_mail_of_mails_without_end(tmp_path: Path) -> None:
    inner = b"From: a@b\nTo: c@d\nSubject: x\nContent-Type: message/rfc822\n\n" * 20_000
    outcome = await _outcome(tmp_path, inner + b"deep", "x.eml")
    assert outcome.startswith("read") or outcome in {"file_damaged", "file_too_complex", "file_empty"}


async def test_a_table_of_one_endless_line(tmp_path: Path) -> None:
    outcome = await _outcome(tmp_path, b"a," * 4_000_000, "x.csv")
    assert outcome.startswith("read") or outcome in {"file_damaged", "file_too_complex", "file_empty"}


async def test_a_name_that_leads_elsewhere_leads_nowhere(tmp_path: Path) -> None:
    assert await _outcome(tmp_path, b"hello", "../../../etc/passwd\x00.txt") == "read hello"


async def test_streams_go_on_while_hostile_files_are_read(tmp_path: Path) -> None:
    loop, lags, is_done = asyncio.get_running_loop(), [], asyncio.Event()

    async def watch() -> None:
        while not is_done.is_set():
            at = loop.time()
            await asyncio.sleep(0.01)
            lags.append(loop.time() - at - 0.01)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for content, name in [(_far_corners(), "a.xlsx"), (png_that_claims(60_000, 60_000), "b.png")]:
            assert await _outcome(tmp_path, content, name) == "file_too_complex"
        is_done.set()
    assert sorted(lags)[len(lags) * 9 // 10] < 0.1
