"""Workbooks as tables."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from tests.files.parsers.reading import member, read, with_member, zipped
from tests.files.parsers.samples import odf_file, ods_file, xlsx_file

from chatbox.files.parsers.document import FileDamaged, FileEncrypted, FileTooComplex
from chatbox.files.parsers.xlsx import MOST_COLUMNS, parse_xlsx


def test_each_sheet_is_a_table_without_its_blank_rows_and_columns(tmp_path: Path) -> None:
    found = read(parse_xlsx, xlsx_file(), tmp_path)

    assert found.text == (
        "## 预算\n\n| Item | Due | Cost | Paid |\n| --- | --- | --- | --- |\n| a\\|b 茶 | 2024-05-06 | 3.1 | TRUE |\n"
        "| bus | 2024-05-06 07:08:09 | 12 |  |\n\n## Last\n\n| end | 终 |\n| --- | --- |"
    )
    assert [mark.label for mark in found.marks] == ["预算", "Empty", "Last"]


def test_a_workbook_says_what_it_is(tmp_path: Path) -> None:
    meta = read(parse_xlsx, xlsx_file(), tmp_path).meta

    assert (meta.title, meta.author, meta.pages) == ("Budget", "Ana", 3)


def test_a_formula_shows_the_value_it_had(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["=6*7", "x"])
    content = _saved(workbook)
    sheet = member(content, "xl/worksheets/sheet1.xml").replace("<v/>", "<v>42</v>").replace("<v></v>", "<v>42</v>")

    found = read(parse_xlsx, with_member(content, "xl/worksheets/sheet1.xml", sheet), tmp_path)

    assert "| 42 | x |" in found.text


def test_a_spreadsheet_of_opendocument_is_read_too(tmp_path: Path) -> None:
    found = read(parse_xlsx, ods_file(), tmp_path)

    assert found.text == "## T1\n\n| 茶 | 2.5 |\n| --- | --- |\n| 茶 | 2.5 |"
    assert (found.meta.title, found.meta.author) == ("题目", "Zoe")


def test_a_very_wide_sheet_is_cut_and_says_so(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append([f"c{at}" for at in range(MOST_COLUMNS + 5)])

    found = read(parse_xlsx, _saved(workbook), tmp_path)

    assert f"c{MOST_COLUMNS - 1} |" in found.text
    assert f"c{MOST_COLUMNS} |" not in found.text
    assert found.notes == ["sheet_cut"]


def test_cells_in_opposite_corners_are_refused_at_once(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active["XFD1048576"] = 1, 2

    with pytest.raises(FileTooComplex):
        read(parse_xlsx, _saved(workbook), tmp_path)


def test_styled_cells_without_content_make_no_sheet_vast(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active["B1"] = "a", timedelta(hours=255, minutes=10, seconds=5)
    for place in ("XFD1", "XFD1048576"):
        workbook.active[place].font = Font(bold=True)

    assert read(parse_xlsx, _saved(workbook), tmp_path).text == "## Sheet\n\n| a | 255:10:05 |\n| --- | --- |"


def test_a_spreadsheet_with_a_password_says_so(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"

    with pytest.raises(FileEncrypted):
        read(parse_xlsx, with_member(odf_file("", kind="spreadsheet"), "META-INF/manifest.xml", manifest), tmp_path)


def test_an_old_workbook_with_a_password_says_so(tmp_path: Path) -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    first_records = b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00\x36\x00"

    with pytest.raises(FileEncrypted):
        read(parse_xlsx, head + first_records, tmp_path)


def test_a_zip_file_that_is_no_workbook_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        read(parse_xlsx, zipped({"a.txt": "a"}), tmp_path)


_CELLS = st.lists(st.lists(st.text("ab1字|", min_size=1, max_size=5), min_size=2, max_size=3), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheets=st.lists(_CELLS, min_size=1, max_size=4))
def test_each_sheet_mark_leads_to_its_own_cells(tmp_path: Path, sheets: list[list[list[str]]]) -> None:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for at, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"sheet {at}")
        for row in rows:
            sheet.append([f"s{at}{cell}" for cell in row])

    found = read(parse_xlsx, _saved(workbook), tmp_path).between_marks()

    assert [label for label, _ in found] == [f"sheet {at}" for at in range(len(sheets))]
    for (_, text), (at, rows) in zip(found, enumerate(sheets), strict=True):
        cells = [f"s{at}{cell}".replace("|", "\\|") for row in rows for cell in row]
        assert all(cell in text for cell in cells)
        assert text.count(f" s{at}") == len(cells)


def _saved(workbook: openpyxl.Workbook) -> bytes:
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()
