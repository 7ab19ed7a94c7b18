"""Documents made to do harm: they read as nothing more than their text, or fail as a file."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers import samples
from tests.files.parsers.reading import Read, member, read, read_or_fail, with_member

from chatbox.files.parsers.csv import parse_csv
from chatbox.files.parsers.document import FileTooComplex, Parser, ReadFailed
from chatbox.files.parsers.docx import parse_docx
from chatbox.files.parsers.eml import parse_eml
from chatbox.files.parsers.epub import parse_epub
from chatbox.files.parsers.html import parse_html
from chatbox.files.parsers.notebook import parse_notebook
from chatbox.files.parsers.odf import parse_odp, parse_odt
from chatbox.files.parsers.pptx import parse_pptx
from chatbox.files.parsers.xlsx import parse_xlsx


class Sample(NamedTuple):
    """A whole file, its parser, and (of those that are zip files) the member that holds the text, with a word of it."""

    parser: Parser
    make: Callable[[], bytes]
    part: str = ""
    word: str = ""


_ZIPPED = {
    "docx": Sample(parse_docx, samples.docx_file, "word/document.xml", "First words."),
    "xlsx": Sample(parse_xlsx, samples.xlsx_file, "xl/worksheets/sheet1.xml", "Item"),
    "pptx": Sample(parse_pptx, samples.pptx_file, "ppt/slides/slide1.xml", "outer"),
    "epub": Sample(parse_epub, samples.epub_file, "OEBPS/text/one.xhtml", "It was early."),
    "odt": Sample(parse_odt, samples.odt_file, "content.xml", "deep"),
    "odp": Sample(parse_odp, samples.odp_file, "content.xml", "only words"),
}
_PLAIN = {
    "html": Sample(parse_html, "<h1>A</h1><table><tr><td>a<td>茶</table>&amp;".encode),
    "csv": Sample(parse_csv, "a,b\n茶,2\n".encode),
    "eml": Sample(parse_eml, samples.eml_file),
    "notebook": Sample(parse_notebook, samples.notebook_file),
}
_WHOLE = {name: sample.make() for name, sample in (_ZIPPED | _PLAIN).items()}
_BOMB = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 10))
zipped_formats = pytest.mark.parametrize("name", list(_ZIPPED))
every_format = pytest.mark.parametrize("name", [*_ZIPPED, *_PLAIN])


@zipped_formats
def test_an_entity_that_names_a_file_leaks_nothing_of_it(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")

    found = _with_entity(name, f'<!ENTITY x SYSTEM "{secret.as_uri()}">', tmp_path)

    assert "TOP-SECRET" not in _text(found)


@zipped_formats
def test_entities_that_multiply_do_not(tmp_path: Path, name: str) -> None:
    found = _with_entity(name, f'<!ENTITY e0 "lol">{_BOMB}<!ENTITY x "&e9;">', tmp_path)

    assert len(_text(found)) < 10_000


@zipped_formats
def test_a_document_type_elsewhere_is_not_loaded(tmp_path: Path, name: str) -> None:
    definition = tmp_path / "evil.dtd"
    definition.write_text('<!ENTITY x "TOP-SECRET">')

    found = _with_entity(name, f'<!ENTITY % d SYSTEM "{definition.as_uri()}">%d;', tmp_path)

    assert "TOP-SECRET" not in _text(found)


@zipped_formats
def test_elements_nested_without_end_fail_as_a_file(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]
    nested = f"{'<x>' * 50_000}{'</x>' * 50_000}"
    xml = member(_WHOLE[name], sample.part)
    at = xml.rindex("</")

    found = read_or_fail(sample.parser, with_member(_WHOLE[name], sample.part, xml[:at] + nested + xml[at:]), tmp_path)

    assert isinstance(found, ReadFailed) or name == "xlsx"


@zipped_formats
def test_a_part_that_is_no_xml_fails_as_a_file(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]

    for content in (b"", b"\xff\xfe\x00", b"<a>", b"<a/>", b'<?xml version="1.0" encoding="nonsense"?><a/>'):
        read_or_fail(sample.parser, with_member(_WHOLE[name], sample.part, content), tmp_path)


@zipped_formats
def test_macros_and_strange_members_are_ignored(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]
    content = with_member(_WHOLE[name], "word/vbaProject.bin", b"Sub AutoOpen() MACRO")
    content = with_member(content, "../../../../tmp/slip.txt", b"SLIP")

    found = read(sample.parser, content, tmp_path)

    assert found == read(sample.parser, _WHOLE[name], tmp_path)


@pytest.mark.parametrize("name", ["docx", "pptx"])
def test_a_relationship_to_elsewhere_is_not_followed(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]
    folder, _, file = sample.part.rpartition("/")
    place = f"{folder}/_rels/{file}.rels"
    secret = tmp_path / "secret.xml"
    secret.write_text("<a>TOP-SECRET</a>")
    relations = member(_WHOLE[name], place).replace(
        "</Relationships>",
        f'<Relationship Id="rId99" TargetMode="External" Target="{secret.as_uri()}"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>',
    )

    found = read(sample.parser, with_member(_WHOLE[name], place, relations), tmp_path)

    assert "TOP-SECRET" not in found.text
    assert sample.word in found.text


@zipped_formats
def test_a_member_that_inflates_without_end_is_refused(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]

    with pytest.raises(FileTooComplex):
        read(sample.parser, with_member(_WHOLE[name], sample.part, b" " * (8 << 20)), tmp_path)


@zipped_formats
def test_a_member_larger_than_it_says_fails_as_a_file(tmp_path: Path, name: str) -> None:
    sample = _ZIPPED[name]
    content = bytearray(_WHOLE[name])
    at = content.rindex(sample.part.encode()) - 46  # its entry in the directory: APPNOTE 4.3.12
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + 24, 10)

    assert isinstance(read_or_fail(sample.parser, bytes(content), tmp_path), ReadFailed)


@every_format
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_anywhere_reads_or_fails_as_a_file(tmp_path: Path, name: str, data: st.DataObject) -> None:
    whole = _WHOLE[name]

    read_or_fail((_ZIPPED | _PLAIN)[name].parser, whole[: data.draw(st.integers(0, len(whole)))], tmp_path)


@every_format
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_wrong_bytes_reads_or_fails_as_a_file(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(_WHOLE[name])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)):
        content[at] = byte

    read_or_fail((_ZIPPED | _PLAIN)[name].parser, bytes(content), tmp_path)


@zipped_formats
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_xml_with_parts_gone_reads_or_fails_as_a_file(tmp_path: Path, name: str, data: st.DataObject) -> None:
    sample = _ZIPPED[name]
    pieces = member(_WHOLE[name], sample.part).split("<")
    gone = data.draw(st.sets(st.integers(1, len(pieces) - 1), max_size=2))
    xml = "<".join(piece for at, piece in enumerate(pieces) if at not in gone)

    read_or_fail(sample.parser, with_member(_WHOLE[name], sample.part, xml), tmp_path)


def _with_entity(name: str, declarations: str, folder: Path) -> Read | ReadFailed:
    """The sample with an entity `x` in the place of a word of its text."""
    sample = _ZIPPED[name]
    xml = member(_WHOLE[name], sample.part)
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    assert sample.word in xml
    body = xml[start:].replace(sample.word, "&x;")
    evil = f"{xml[:start]}<!DOCTYPE x [{declarations}]>{body}"
    return read_or_fail(sample.parser, with_member(_WHOLE[name], sample.part, evil), folder)


def _text(found: Read | ReadFailed) -> str:
    return found.text + str(found.meta) + str(found.marks) if isinstance(found, Read) else str(found.__cause__)
