"""Texts and slides of OpenDocument as Markdown."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import read, with_member, zipped
from tests.files.parsers.samples import odf_file, odp_file, odt_file

from chatbox.files.parsers.document import FileDamaged, FileEncrypted
from chatbox.files.parsers.odf import parse_odp, parse_odt


def test_a_text_keeps_headings_lists_tables_links_and_notes(tmp_path: Path) -> None:
    assert read(parse_odt, odt_file(), tmp_path).text == (
        "# Trip 旅行\n\nTo [the sea](https://a.example/)  now[^1].\n\n1. one\n    - deep\n2. two\n\n"
        "| a\\|b |  | c |\n| --- | --- | --- |\n| 茶 | 茶 | 茶 |\n\n[^1]: By bus."
    )


def test_a_text_says_who_wrote_it(tmp_path: Path) -> None:
    meta = read(parse_odt, odt_file(), tmp_path).meta

    assert (meta.title, meta.author) == ("题目", "Zoe")


def test_slides_keep_titles_bullets_groups_and_notes(tmp_path: Path) -> None:
    found = read(parse_odp, odp_file(), tmp_path)

    assert found.between_marks() == [
        ("Hello 你好", "## Hello 你好\n\n- point\n\n> Notes: speak up\n\n"),
        ("", "only words"),
    ]
    assert found.meta.pages == 2


def test_a_text_with_a_password_says_so(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"

    with pytest.raises(FileEncrypted):
        read(parse_odt, with_member(odt_file(), "META-INF/manifest.xml", manifest), tmp_path)


def test_a_file_without_content_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        read(parse_odt, zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), tmp_path)


def test_cells_repeated_a_million_times_cost_nothing(tmp_path: Path) -> None:
    body = (
        '<table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell'
        ' table:number-columns-repeated="1000000"/></table:table-row><table:table-row><table:table-cell'
        ' table:number-columns-repeated="900000000"><text:p>x</text:p></table:table-cell></table:table-row>'
        "</table:table>"
    )

    assert len(read(parse_odt, odf_file(body), tmp_path).text) < 3_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text("ab字", min_size=1, max_size=8), min_size=1, max_size=6))
def test_each_slide_mark_leads_to_its_own_words(tmp_path: Path, words: list[str]) -> None:
    slides = "".join(
        f"<draw:page><draw:frame><text:p>{at} {word}</text:p></draw:frame></draw:page>" for at, word in enumerate(words)
    )

    found = read(parse_odp, odf_file(slides, kind="presentation"), tmp_path).between_marks()

    assert [text.strip() for _, text in found] == [f"{at} {word}" for at, word in enumerate(words)]
