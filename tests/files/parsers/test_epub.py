"""Books as Markdown."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import member, read, with_member, zipped
from tests.files.parsers.samples import epub_file

from chatbox.files.parsers.document import FileDamaged, FileEncrypted
from chatbox.files.parsers.epub import parse_epub

_ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData>
<EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>"""


def test_chapters_come_in_reading_order_with_the_titles_of_the_contents(tmp_path: Path) -> None:
    found = read(parse_epub, epub_file(), tmp_path)

    assert found.between_marks() == [
        ("Morning", "# Dawn\n\nIt was early.\n\n"),
        ("晚上", "天黑了。\n\n- star"),
    ]


def test_a_book_says_who_wrote_it(tmp_path: Path) -> None:
    meta = read(parse_epub, epub_file(), tmp_path).meta

    assert (meta.title, meta.author) == ("晨昏 Day", "A. One, B. Two")


def test_an_older_book_has_its_titles_in_an_ncx(tmp_path: Path) -> None:
    package = member(epub_file(), "OEBPS/book.opf")
    package = package.replace('href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"', 'href="toc.ncx"')
    package = package.replace("<spine>", '<spine toc="nav">').replace('<itemref idref="nav"/>', "")
    ncx = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
<navPoint><navLabel><text>Old one</text></navLabel><content src="text/one.xhtml#a"/></navPoint></navMap></ncx>"""
    content = with_member(with_member(epub_file(), "OEBPS/book.opf", package), "OEBPS/toc.ncx", ncx)

    assert [mark.label for mark in read(parse_epub, content, tmp_path).marks] == ["Old one", ""]


def test_a_chapter_that_is_no_xml_is_read_as_html(tmp_path: Path) -> None:
    found = read(parse_epub, epub_file("<p>caf&eacute;<br>&nbsp;茶"), tmp_path)

    assert "café\n茶" in found.text


def test_a_locked_book_says_so_and_hidden_fonts_do_not_lock_it(tmp_path: Path) -> None:
    locked = with_member(epub_file(), "META-INF/encryption.xml", _ENCRYPTION.format("http://x.example/aes"))
    fonts = with_member(
        epub_file(), "META-INF/encryption.xml", _ENCRYPTION.format("http://www.idpf.org/2008/embedding")
    )

    with pytest.raises(FileEncrypted):
        read(parse_epub, locked, tmp_path)
    assert "Dawn" in read(parse_epub, fonts, tmp_path).text


def test_a_zip_file_without_a_container_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        read(parse_epub, zipped({"mimetype": "application/epub+zip"}), tmp_path)


def test_a_chapter_outside_of_the_book_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text("<p>SECRET</p>")
    package = member(epub_file(), "OEBPS/book.opf").replace("text/one.xhtml", f"../../..{tmp_path}/secret.xhtml")

    assert "SECRET" not in read(parse_epub, with_member(epub_file(), "OEBPS/book.opf", package), tmp_path).text


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text("ab字", min_size=1, max_size=8), min_size=1, max_size=6))
def test_each_section_mark_leads_to_its_own_words(tmp_path: Path, words: list[str]) -> None:
    items = "".join(f'<item id="c{at}" href="c{at}.xhtml"/>' for at in range(len(words)))
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(words)))
    book = zipped(
        {
            "META-INF/container.xml": '<container><rootfile full-path="book.opf"/></container>',
            "book.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"c{at}.xhtml": f"<html><body><p>{at}</p><p>{word}</p></body></html>" for at, word in enumerate(words)},
        }
    )

    found = read(parse_epub, book, tmp_path).between_marks()

    assert [text.strip() for _, text in found] == [f"{at}\n\n{word}" for at, word in enumerate(words)]
