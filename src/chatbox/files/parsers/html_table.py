"""Gathers the cells of an HTML table, those that span rows or columns included."""

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from chatbox.files.parsers.markup import children, local_name, to_number

MOST_COLUMNS: Final = 1_000
MOST_ROWS: Final = 100_000
MOST_CELLS: Final = 1_000_000


@dataclass(slots=True)
class Table:
    """The rows so far. The text of a cell that spans others stands in the first; the others are blank."""

    rows: list[list[str]] = field(default_factory=list)
    cells: int = 0
    # Column → in how many further rows a cell from above covers it.
    _covered: dict[int, int] = field(default_factory=dict)
    _is_open: bool = False
    _colspan: int = 1
    _rowspan: int = 1

    def begin_row(self) -> None:
        self.rows.append([])

    def begin_cell(self, colspan: str, rowspan: str) -> None:
        """The spans as they are written in the file."""
        if not self.rows:
            self.begin_row()
        self._is_open = True
        self._colspan = min(max(1, to_number(colspan, 1)), MOST_COLUMNS)
        self._rowspan = min(max(1, to_number(rowspan, 1)), MOST_ROWS)
        self._skip_covered()

    def end_cell(self, text: str) -> bool:
        """Put the text into the open cell; False if none is open and there is text, which is then no cell's."""
        if not self._is_open:
            return not text
        self._is_open = False
        row = self.rows[-1]
        at = len(row)
        room = max(0, min(MOST_COLUMNS - at, MOST_CELLS - self.cells))
        row += [text, *[""] * (self._colspan - 1)][:room]
        self.cells += len(row) - at
        if self._rowspan > 1:
            self._covered.update(dict.fromkeys(range(at, len(row)), self._rowspan - 1))
        return True

    def _skip_covered(self) -> None:
        row = self.rows[-1]
        while left := self._covered.pop(len(row), 0):
            if left > 1:
                self._covered[len(row)] = left - 1
            if len(row) >= MOST_COLUMNS:
                return
            row.append("")


def is_layout(table: etree._Element) -> bool:
    """Whether a table only arranges a page, as in mail: it holds other tables, or no row has two cells."""
    if any(inner is not table for inner in table.iter("{*}table")):
        return True
    rows = (row for row in table.iter() if local_name(row) == "tr")
    return not any(sum(1 for _ in children(row, "td", "th")) > 1 for row in rows)
