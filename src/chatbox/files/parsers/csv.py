"""Reads tables of separated values: finds out encoding and separator, and writes one Markdown table."""

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

from chatbox.files.parsers.document import MOST_CHARACTERS, FileDamaged, Progress, Writer
from chatbox.files.parsers.encoding import decode

# No encoding in use spends more than four bytes on a character.
MOST_BYTES: Final = 4 * MOST_CHARACTERS
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 32_767
_SEPARATORS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 50
_LOOKED_AT = 64 << 10
_PROGRESS_EVERY = 5_000


def parse_csv(path: Path, out: Writer, progress: Progress) -> None:
    """Values separated by commas, semicolons, tabs or bars (RFC 4180 and its relatives)."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        out.note("text_cut")
    text = decode(content[:MOST_BYTES]).replace("\0", "")
    lines, separator = _separator(text)
    try:
        out.table(_rows(lines, separator, out, progress))
    except csv.Error as error:
        raise FileDamaged from error
    progress(1, 1)


def _separator(text: str) -> tuple[str, str]:
    """The text and what separates its values: as Excel's first line `sep=;` says, or as most lines agree."""
    first, _, rest = text.partition("\n")
    declared = first.strip().strip('"').removeprefix("sep=") if first.strip('"').startswith("sep=") else ""
    if len(declared) == 1:
        return rest, declared
    return text, max(_SEPARATORS, key=lambda separator: _agreement(text[:_LOOKED_AT], separator))


def _agreement(sample: str, separator: str) -> tuple[float, int]:
    """Which share of the rows has the most frequent width, if that is more than one, and this width."""
    try:
        widths = [
            len(row)
            for row in islice(csv.reader(StringIO(sample, newline=""), delimiter=separator), _ROWS_LOOKED_AT)
            if row
        ]
    except csv.Error:
        return 0.0, 0
    (width, count), *_ = Counter(widths).most_common(1) or [(0, 0)]
    return (count / len(widths), width) if width > 1 else (0.0, 0)


def _rows(text: str, separator: str, out: Writer, progress: Progress) -> Iterator[list[str]]:
    csv.field_size_limit(MOST_CHARACTERS)
    source = StringIO(text, newline="")
    for number, row in enumerate(csv.reader(source, delimiter=separator)):
        if len(row) > MOST_COLUMNS:
            out.note("sheet_cut")
        if number % _PROGRESS_EVERY == 0:
            progress(source.tell(), len(text))
        if any(cell.strip() for cell in row):
            yield [cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]]
