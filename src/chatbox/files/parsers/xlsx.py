"""Reads workbooks (xlsx, xlsm, xlsb, xls, ods): a table per sheet, with the values that formulas were saved with."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    WorksheetNotFound,
)

from chatbox.files.parsers.archive import check_archive, open_archive
from chatbox.files.parsers.document import (
    FileDamaged,
    FileEncrypted,
    FileTooComplex,
    PartialMeta,
    Progress,
    Writer,
)
from chatbox.files.parsers.markup import reading_bad_bytes
from chatbox.files.parsers.properties import read_properties

MOST_SHEETS: Final = 500
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 200
# The library keeps each sheet as a full rectangle, so two cells in opposite corners would cost it 400 GB.
MOST_CELLS: Final = 20_000_000
LONGEST_CELL: Final = 32_767
# A cell that holds something: styled ones that are empty may fill a sheet, and the library leaves them out too.
_REFERENCE = re.compile(rb'<(?:\w{1,20}:)?c\s[^>]{0,80}?r="([A-Z]{1,3})(\d{1,7})"[^>]{0,200}(?<!/)>(?!</)')
# Without these no sheet has more than 26 million cells, and most need not be looked through cell by cell.
_FAR_REFERENCE = re.compile(rb' r="(?:[A-Z]{2,3}\d|[A-Z]\d{7})')
_SHEET_MEMBER = re.compile(r"xl/worksheets/[^/]+\.xml\Z", re.IGNORECASE)
# MS-XLS §2.4.117: the record FilePass follows the first record, BOF (§2.4.21), or WriteProtect behind that.
_LOCKED_XLS = re.compile(rb"\x09\x08(?:\x10\x00.{16}|\x08\x00.{8})(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_ENCRYPTED_MARK = b"encryption-data"

Cell = float | str | bool | time | date | datetime | timedelta


def parse_xlsx(path: Path, out: Writer, progress: Progress) -> None:
    """A workbook of any of these kinds; hidden sheets too, as they are in the file and mostly meant."""
    is_zip = zipfile.is_zipfile(path)
    if is_zip:
        check_archive(path)
        with reading_bad_bytes():
            _refuse_vast_sheets(path)
    elif _LOCKED_XLS.search(path.read_bytes()):  # of which the library would only say that it does not know them
        raise FileEncrypted
    with reading_bad_bytes():
        workbook = _open(path)
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
        if len(names) > MOST_SHEETS:
            out.note("sheet_cut")
        out.known = _properties(path, len(names)) if is_zip else PartialMeta(pages=len(names))
        for number, name in enumerate(names[:MOST_SHEETS], start=1):
            progress(number - 1, len(names))
            out.mark("sheet", number, name)
            _write_sheet(_sheet(workbook, name), out)
        progress(len(names), len(names))


def _properties(path: Path, sheets: int) -> PartialMeta:
    with open_archive(path) as archive:
        return read_properties(archive, sheets)


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise FileEncrypted from error
    except (CalamineError, OSError) as error:
        raise FileDamaged from error


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except PasswordError as error:
        raise FileEncrypted from error
    except (CalamineError, WorksheetNotFound) as error:
        raise FileDamaged from error


def _write_sheet(sheet: CalamineSheet, out: Writer) -> None:
    used = _used_columns(sheet)
    if len(used) > MOST_COLUMNS:
        out.note("sheet_cut")
    if used:
        out.heading(2, sheet.name)
        out.table(_rows(sheet, sorted(used)[:MOST_COLUMNS], out))


def _used_columns(sheet: CalamineSheet) -> set[int]:
    used: set[int] = set()
    for row in sheet.iter_rows():
        if len(used) == len(row):
            break
        used.update(column for column, value in enumerate(row) if value not in ("", None))
    return used


def _rows(sheet: CalamineSheet, columns: list[int], out: Writer) -> Iterator[list[str]]:
    written = 0
    for row in sheet.iter_rows():
        cells = [_readable(row[column]) for column in columns]
        if not any(cells):
            continue
        if written == MOST_ROWS:
            out.note("sheet_cut")
            return
        written += 1
        yield cells


def _readable(value: Cell) -> str:
    if isinstance(value, str):
        return value[:LONGEST_CELL]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Fifteen digits are what spreadsheets keep (IEEE 754 gives two more, which are noise).
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    return _as_hours(value) if isinstance(value, timedelta) else str(value)


def _as_hours(duration: timedelta) -> str:
    """A duration as spreadsheets show it, in hours however many."""
    seconds = round(abs(duration.total_seconds()))
    sign = "-" if duration < timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _refuse_vast_sheets(path: Path) -> None:
    with open_archive(path) as archive:
        for name in archive.names():
            if _SHEET_MEMBER.match(name) and _area(archive.read(name)) > MOST_CELLS:
                raise FileTooComplex
        if "META-INF/manifest.xml" in archive and _ENCRYPTED_MARK in archive.read("META-INF/manifest.xml"):
            raise FileEncrypted


def _area(sheet: bytes) -> int:
    """How many cells the rectangle around all cells of a sheet has; 0 if it cannot be vast."""
    if not _FAR_REFERENCE.search(sheet):
        return 0
    rows: set[bytes] = set()
    columns: set[bytes] = set()
    for match in _REFERENCE.finditer(sheet):
        columns.add(match[1])
        rows.add(match[2])
    if not rows:
        return 0
    heights, widths = [int(row) for row in rows], [_column(letters) for letters in columns]
    return (max(heights) - min(heights) + 1) * (max(widths) - min(widths) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
