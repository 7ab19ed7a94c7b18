"""PDF files: pages, headings, mended text, and those that cannot be read."""

from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.parsers.apart import NO_OCR
from tests.files.parsers.pdfs import one_page, pages_of, pdf_of
from tests.files.parsers.pictures import draw_lines
from tests.files.parsers.reading import read, read_or_fail

from chatbox.files.parsers.document import FileDamaged, FileEncrypted, OcrMissing
from chatbox.files.parsers.pdf import parse_pdf
from chatbox.files.parsers.pdf_text import Heading, paragraphs, place_headings, tidy

_parse = partial(parse_pdf, ocr=NO_OCR)


def _scanned(pages: int = 1) -> bytes:
    out = BytesIO()
    picture = draw_lines(["Scanned words"])
    picture.save(out, "PDF", save_all=True, append_images=[picture] * (pages - 1))
    return out.getvalue()


def test_each_page_has_its_mark_and_its_text(tmp_path: Path) -> None:
    pages = [["First page.", "Second line."], [], ["第三页的文字", "Third page."]]
    found = read(_parse, pages_of(pages, title="Report", author="Ann"), tmp_path)
    assert [(mark.kind, mark.number) for mark in found.marks] == [("page", 1), ("page", 2), ("page", 3)]
    assert [text.strip() for _, text in found.between_marks()] == [
        "First page.\nSecond line.",
        "",
        "第三页的文字\nThird page.",
    ]
    assert (found.meta.title, found.meta.author, found.meta.pages) == ("Report", "Ann", 3)


def test_the_outline_gives_the_headings(tmp_path: Path) -> None:
    pages = [["# Overview", "Some words here."], ["before it", "# 第二章 安全", "after it"]]
    found = read(_parse, pages_of(pages), tmp_path)
    assert found.text == "# Overview\n\nSome words here.\n\nbefore it\n\n# 第二章 安全\n\nafter it"


def test_a_page_says_what_it_calls_itself(tmp_path: Path) -> None:
    objects = one_page(b"BT /F1 12 Tf 72 700 Td (Preface) Tj ET")
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /PageLabels << /Nums [0 << /S /r /St 4 >>] >> >>"
    assert read(_parse, pdf_of(objects), tmp_path).marks[0].label == "iv"


def test_a_protected_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileEncrypted):
        read(_parse, pages_of([["secret"]], password="hidden"), tmp_path)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\ngarbage" * 50, pages_of([["x"]])[:200]])
def test_a_damaged_file_is_told_apart(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileDamaged):
        read(_parse, content, tmp_path)


def test_scanned_pages_ask_for_ocr(tmp_path: Path) -> None:
    with pytest.raises(OcrMissing):
        read(_parse, _scanned(), tmp_path)


def test_a_scanned_page_among_others_is_noted(tmp_path: Path) -> None:
    objects = one_page(b"BT /F1 12 Tf 72 700 Td (Here is a page with enough words on it.) Tj ET")
    objects[2] = b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>"
    objects[6] = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 7 0 R"
        b" /Resources << /XObject << /I 8 0 R >> >> >>"
    )
    objects[7] = b"<< /Length 30 >>\nstream\nq 600 0 0 700 0 0 cm /I Do Q\nendstream"
    objects[8] = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Length 1 >>\nstream\n0\nendstream"
    )
    found = read(_parse, pdf_of(objects), tmp_path)
    assert (found.notes, found.meta.pages) == (["pages_without_text"], 2)


def test_a_page_that_is_missing_does_not_take_the_others_along(tmp_path: Path) -> None:
    objects = one_page(b"BT /F1 12 Tf 72 700 Td (Still readable.) Tj ET")
    objects[2] = b"<< /Type /Pages /Kids [3 0 R 9 0 R] /Count 2 >>"
    found = read(_parse, pdf_of(objects), tmp_path)
    assert found.text.strip() == "Still readable."
    assert found.notes == ["pages_unreadable"]


@pytest.mark.parametrize(
    ("drawn", "mended"),
    [
        ("infor\ufffe\r\nmation", ["information"]),
        ("soft\u00adware", ["software"]),
        ("\u2f64\u2f3e\u2ed3 e\ufb03cient", ["用户长 efficient"]),
        ("一，二", ["一，二"]),
        ("a\u00a0b  c\t d", ["a b c d"]),
        ("\u2022 one\r\n\u25cf two\n\uf0b7\nthree", ["- one", "- two", "- three"]),
        (
            "数据库系统支持全文检索以及向量\n检索，能够复制数据。",
            ["数据库系统支持全文检索以及向量检索，能够复制数据。"],
        ),
        ("短标题\n数据库系统支持全文检索以及向量检索的能力", ["短标题", "数据库系统支持全文检索以及向量检索的能力"]),
        ("数据库系统支持全文检索以及向量\n第二章 安全性", ["数据库系统支持全文检索以及向量", "第二章 安全性"]),
    ],
)
def test_typesetting_is_undone(drawn: str, mended: list[str]) -> None:
    assert tidy(drawn) == mended


def test_paragraphs_end_where_sentences_end_before_the_margin() -> None:
    lines = ["A long line that goes to the margin of the page,", "and ends here.", "- a point", "- another", "Next one"]
    assert paragraphs(lines) == (
        "A long line that goes to the margin of the page,\nand ends here.\n\n- a point\n- another\n\nNext one"
    )


def test_a_heading_is_found_in_spite_of_its_number_or_put_first() -> None:
    headings = [Heading(2, "Two Words"), Heading(1, "Elsewhere")]
    assert place_headings(["1.2 Two  words", "text"], headings) == [
        ("Elsewhere", 1),
        ("1.2 Two  words", 2),
        ("text", None),
    ]


@given(st.text())
def test_mending_leaves_no_sign_of_typesetting(text: str) -> None:
    for line in tidy(text):
        assert line == line.strip() != ""
        assert not set(line) & set("\ufffe\u00ad\n\r\u2f64\ufb01")


@given(st.lists(st.lists(st.text("ab c中文。", min_size=1, max_size=20), max_size=5), min_size=1, max_size=5))
def test_every_page_keeps_its_words(tmp_path_factory: pytest.TempPathFactory, pages: list[list[str]]) -> None:
    found = read_or_fail(_parse, pages_of(pages), tmp_path_factory.getbasetemp())
    assert not isinstance(found, Exception)
    for (_, text), lines in zip(found.between_marks(), pages, strict=True):
        assert _letters(text) == _letters("".join(lines))


def _letters(text: str) -> list[str]:
    return sorted("".join(text.split()))
