"""Makes small whole files of each format, as office programs would save them."""

import json
from datetime import date, datetime
from email.message import EmailMessage
from io import BytesIO

import docx
import openpyxl
import pptx
from pptx.util import Inches
from tests.files.parsers.reading import zipped

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODF_NAMES = " ".join(
    f'xmlns:{prefix}="{_OFFICE}{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "meta": "meta", "style": "style",
        "presentation": "presentation",
    }.items()
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip
_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def docx_file() -> bytes:
    document = docx.Document()
    document.core_properties.title = "年度报告"
    document.core_properties.author = "Wei Li"
    document.sections[0].header.paragraphs[0].text = "HEADER"
    document.add_heading("Report 报告", 1)
    document.add_paragraph("First words. 第一段，标点。")
    for style in ("List Bullet", "List Bullet 2", "List Number", "List Number"):
        document.add_paragraph(style, style=style)
    document.add_heading("Numbers", 2)
    table = document.add_table(3, 3)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{at}"
    table.cell(0, 2).text = "a|b\n中文"
    table.cell(1, 0).merge(table.cell(1, 1))
    table.cell(1, 2).merge(table.cell(2, 2))
    return _saved(document)


def xlsx_file() -> bytes:
    workbook = openpyxl.Workbook()
    workbook.properties.title = "Budget"
    workbook.properties.creator = "Ana"
    sheet = workbook.active
    sheet.title = "预算"
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["F3"] = "Item", "Due", "Cost", "Paid"
    sheet["B4"], sheet["C4"], sheet["D4"], sheet["F4"] = "a|b\n茶", date(2024, 5, 6), 3.1, True
    sheet["B6"], sheet["C6"], sheet["D6"] = "bus", datetime(2024, 5, 6, 7, 8, 9), 12  # noqa: DTZ001  # cells have no zone
    workbook.create_sheet("Empty")
    workbook.create_sheet("Last").append(["end", "终"])
    return _saved(workbook)


def pptx_file() -> bytes:
    presentation = pptx.Presentation()
    presentation.core_properties.title = "Plan"
    presentation.core_properties.author = "Mia"
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Goals 目标"
    frame = first.placeholders[1].text_frame
    frame.text = "outer"
    inner = frame.add_paragraph()
    inner.text, inner.level = "inner", 1
    first.notes_slide.notes_text_frame.text = "say hello\n问好"
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    group = second.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 99, 99).text_frame.text = "grouped 组"
    table = second.shapes.add_table(2, 3, 0, 0, Inches(3), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 2).text, table.cell(1, 2).text = "wide", "x|y", "cell"
    table.cell(0, 0).merge(table.cell(0, 1))
    return _saved(presentation)


def epub_file(chapter: str = "<h1>Dawn</h1><p>It was early.</p>") -> bytes:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "OEBPS/book.opf": """<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>晨昏 Day</dc:title><dc:creator>A. One</dc:creator>
<dc:creator>B. Two</dc:creator></metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="b" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>
</manifest><spine><itemref idref="nav"/><itemref idref="a"/><itemref idref="b"/></spine></package>""",
            "OEBPS/nav.xhtml": page.format(
                '<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="toc"><ol>'
                '<li><a href="text/one.xhtml">Morning</a></li><li><a href="text/two%20b.xhtml#x">晚上</a></li></ol>'
                "</nav>"
            ),
            "OEBPS/text/one.xhtml": page.format(chapter),
            "OEBPS/text/two b.xhtml": page.format("<p>天黑了。</p><ul><li>star</li></ul>"),
        }
    )


def odf_file(body: str, kind: str = "text", styles: str = "") -> bytes:
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": f"<office:document-content {ODF_NAMES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
            "</office:document-content>",
            "meta.xml": f"<office:document-meta {ODF_NAMES}><office:meta><dc:title>题目</dc:title>"
            "<meta:initial-creator>Zoe</meta:initial-creator></office:meta></office:document-meta>",
        }
    )


def odt_file() -> bytes:
    return odf_file(
        "<text:tracked-changes><text:p>DELETED</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Trip 旅行</text:h>'
        '<text:p>To <text:a xlink:href="https://a.example/">the sea</text:a><text:s text:c="2"/>now<text:note'
        ' text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>By bus.</text:p>'
        "</text:note-body></text:note>.</text:p>"
        '<text:list text:style-name="N"><text:list-item><text:p>one</text:p><text:list><text:list-item>'
        "<text:p>deep</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p>"
        "</text:list-item></text:list>"
        '<table:table><table:table-header-rows><table:table-row><table:table-cell table:number-columns-spanned="2">'
        "<text:p>a|b</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>c</text:p>"
        "</table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell"
        ' table:number-columns-repeated="3"><text:p>茶</text:p></table:table-cell></table:table-row></table:table>',
        styles='<text:list-style style:name="N"><text:list-level-style-number text:level="1" style:num-format="1"/>'
        '<text:list-level-style-bullet text:level="2"/></text:list-style>',
    )


def ods_file() -> bytes:
    row = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>茶</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="2.5"><text:p>2.5</text:p></table:table-cell>'
        "</table:table-row>"
    )
    return odf_file(f'<table:table table:name="T1">{row}{row}</table:table>', kind="spreadsheet")


def odp_file() -> bytes:
    return odf_file(
        '<draw:page draw:name="p1"><draw:frame presentation:class="title"><draw:text-box><text:p>Hello 你好</text:p>'
        "</draw:text-box></draw:frame><draw:g><draw:frame><draw:text-box><text:list><text:list-item><text:p>point"
        "</text:p></text:list-item></text:list></draw:text-box></draw:frame></draw:g><presentation:notes><draw:frame>"
        "<draw:text-box><text:p>speak up</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
        '<draw:page draw:name="p2"><draw:custom-shape><text:p>only words</text:p></draw:custom-shape></draw:page>',
        kind="presentation",
    )


def eml_file() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ann <ann@a.example>", "bob@b.example, cy@c.example"
    message["Subject"], message["Date"] = "会议 meeting", "Mon, 06 May 2024 07:08:09 +0200"
    message.set_content("See you at nine.\n九点见。\n")
    message.add_alternative("<p>See you at <b>HTML</b></p>", subtype="html")
    message.add_attachment(b"x" * 3000, maintype="application", subtype="pdf", filename="计划.pdf")
    return bytes(message)


def notebook_file() -> bytes:
    cells = [
        {"cell_type": "markdown", "source": ["# Study 研究\n", "\n", "Words ![p](attachment:x.png)"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n", "二\n"]},
                {"output_type": "display_data", "data": {"image/png": "QUJD", "text/plain": "<Figure>"}},
                {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: no"]},
            ],
        },
        {"cell_type": "markdown", "source": "## Result\nfine"},
        {"cell_type": "raw", "source": "as it is"},
    ]
    return json.dumps({"nbformat": 4, "metadata": {"kernelspec": {"language": "julia"}}, "cells": cells}).encode()


def _saved(document) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
