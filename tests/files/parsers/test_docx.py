"""Word documents as Markdown."""

from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml as part_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import member, read, with_member
from tests.files.parsers.samples import docx_file

from chatbox.files.parsers.docx import parse_docx

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_FOOTNOTES = f"""<w:footnotes {_W}><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>
<w:footnote w:id="2"><w:p><w:r><w:t>See page 九.</w:t></w:r></w:p></w:footnote></w:footnotes>"""


def test_a_document_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    found = read(parse_docx, docx_file(), tmp_path)

    assert found.text == (
        "# Report 报告\n\nFirst words. 第一段，标点。\n\n"
        "- List Bullet\n    - List Bullet 2\n1. List Number\n2. List Number\n\n"
        "## Numbers\n\n"
        "| c0 | c1 | a\\|b 中文 |\n| --- | --- | --- |\n| c3 c4 |  | c5 c8 |\n| c6 | c7 |  |"
    )


def test_a_document_says_who_wrote_it(tmp_path: Path) -> None:
    meta = read(parse_docx, docx_file(), tmp_path).meta

    assert (meta.title, meta.author) == ("年度报告", "Wei Li")


def test_footnotes_stand_at_the_end_under_their_labels(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Known")
    paragraph.add_run()._r.append(part_of(f'<w:footnoteReference {_W} w:id="2"/>'))
    content = with_member(_saved(document), "word/footnotes.xml", _FOOTNOTES)
    relations = member(content, "word/_rels/document.xml.rels").replace(
        "</Relationships>",
        '<Relationship Id="rId99" Target="footnotes.xml"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>',
    )
    types = member(content, "[Content_Types].xml").replace(
        "</Types>",
        '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.wordprocessingml.footnotes+xml"/></Types>',
    )
    content = with_member(with_member(content, "word/_rels/document.xml.rels", relations), "[Content_Types].xml", types)

    assert read(parse_docx, content, tmp_path).text == "Known[^2]\n\n[^2]: See page 九."


def test_links_show_their_address_and_deleted_words_are_gone(tmp_path: Path) -> None:
    document = docx.Document()
    link = document.part.relate_to("https://a.example/x", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    paragraph = document.add_paragraph("See ")
    paragraph._p.append(
        part_of(
            f'<w:hyperlink {_W} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
            f' r:id="{link}"><w:r><w:t>this</w:t></w:r></w:hyperlink>'
        )
    )
    paragraph._p.append(part_of(f"<w:del {_W}><w:r><w:delText>OLD</w:delText><w:t>OLD</w:t></w:r></w:del>"))
    paragraph._p.append(part_of(f"<w:ins {_W}><w:r><w:t>!</w:t></w:r></w:ins>"))

    assert read(parse_docx, _saved(document), tmp_path).text == "See [this](https://a.example/x)!"


def test_a_paragraph_in_the_style_of_a_heading_without_words_is_no_heading(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("", 1)
    document.add_paragraph("text")

    found = read(parse_docx, _saved(document), tmp_path)

    assert (found.text, found.marks) == ("text", [])


def test_a_frame_of_one_cell_is_no_table(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "framed"

    assert read(parse_docx, _saved(document), tmp_path).text == "framed"


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("vnd.openxmlformats-officedocument.wordprocessingml.document.main", "vnd.ms-word.document.macroEnabled.main"),
        ("wordprocessingml.document.main", "wordprocessingml.template.main"),
    ],
)
def test_documents_with_macros_and_templates_are_read_too(tmp_path: Path, usual: str, other: str) -> None:
    types = member(docx_file(), "[Content_Types].xml").replace(usual, other)
    found = read(parse_docx, with_member(docx_file(), "[Content_Types].xml", types), tmp_path)

    assert found == read(parse_docx, docx_file(), tmp_path)


def test_a_document_of_the_strict_variant_is_read_too(tmp_path: Path) -> None:
    usual, strict = (
        "http://schemas.openxmlformats.org/officeDocument/2006/",
        "http://purl.oclc.org/ooxml/officeDocument/",
    )
    content = docx_file()
    for name in ("_rels/.rels", "word/_rels/document.xml.rels"):
        content = with_member(content, name, member(content, name).replace(usual, strict))
    for name in ("word/document.xml", "word/styles.xml", "word/numbering.xml"):
        xml = member(content, name).replace(
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
        content = with_member(content, name, xml)

    assert read(parse_docx, content, tmp_path).text == read(parse_docx, docx_file(), tmp_path).text


def test_styles_that_inherit_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    styles = f'<w:styles {_W}><w:style w:styleId="Heading1"><w:basedOn w:val="Heading1"/></w:style></w:styles>'

    assert "Report 报告" in read(parse_docx, with_member(docx_file(), "word/styles.xml", styles), tmp_path).text


def test_a_document_that_does_not_say_who_wrote_it_has_no_author(tmp_path: Path) -> None:
    relations = member(docx_file(), "_rels/.rels").replace("docProps/core.xml", "docProps/thumbnail.jpeg")
    content = with_member(with_member(docx_file(), "_rels/.rels", relations), "docProps/core.xml", "<a/>")

    meta = read(parse_docx, content, tmp_path).meta

    assert (meta.title, meta.author) == (None, None)


_WORDS = st.text("abc字 ", min_size=1, max_size=12).map(str.strip).filter(bool)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chapters=st.lists(st.tuples(_WORDS, st.lists(_WORDS, max_size=3)), max_size=5))
def test_each_section_mark_leads_to_its_own_words(tmp_path: Path, chapters: list[tuple[str, list[str]]]) -> None:
    document = docx.Document()
    for at, (title, paragraphs) in enumerate(chapters):
        document.add_heading(f"{at} {title}", 1)
        for words in paragraphs:
            document.add_paragraph(f"{at}: {words}")

    found = read(parse_docx, _saved(document), tmp_path).between_marks()

    wanted = [
        "\n\n".join([f"# {at} {' '.join(title.split())}", *(f"{at}: {words}" for words in paragraphs)])
        for at, (title, paragraphs) in enumerate(chapters)
    ]
    assert [text.strip() for _, text in found] == wanted


def _saved(document: Document) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
