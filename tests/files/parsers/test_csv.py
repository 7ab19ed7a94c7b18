"""Separated values as one table."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import read

from chatbox.files.parsers.csv import MOST_COLUMNS, parse_csv


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [["name", "city, country", "n"], ["茶", "Bern; CH", "1,5"], ["b", "x", "2"]]
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)

    assert read(parse_csv, text.encode(), tmp_path).text == (
        "| name | city, country | n |\n| --- | --- | --- |\n| 茶 | Bern; CH | 1,5 |\n| b | x | 2 |"
    )


def test_excel_may_say_the_separator_itself(tmp_path: Path) -> None:
    assert read(parse_csv, b"sep=#\na#b\n1#2\n", tmp_path).text == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    text = "姓名,城市\n" + "王小明,北京市海淀区\n" * 5

    assert read(parse_csv, text.encode(encoding), tmp_path).text.startswith(
        "| 姓名 | 城市 |\n| --- | --- |\n| 王小明 | 北京市海淀区 |"
    )


def test_breaks_within_a_cell_and_blank_lines_do_not_break_the_table(tmp_path: Path) -> None:
    assert read(parse_csv, b'a,b\n\n"1\n2",3\n,\n', tmp_path).text == "| a | b |\n| --- | --- |\n| 1 2 | 3 |"


def test_a_very_wide_table_is_cut_and_says_so(tmp_path: Path) -> None:
    found = read(parse_csv, ",".join(f"c{at}" for at in range(MOST_COLUMNS + 5)).encode(), tmp_path)

    assert found.text.startswith("| c0 |")
    assert f"c{MOST_COLUMNS} " not in found.text
    assert found.notes == ["sheet_cut"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.text('ab,;"\n字|', min_size=1, max_size=6), min_size=3, max_size=3), min_size=1))
def test_every_cell_of_a_written_table_is_in_the_text(tmp_path: Path, rows: list[list[str]]) -> None:
    file = StringIO()
    csv.writer(file).writerows([["sep=,"], *rows])

    text = read(parse_csv, file.getvalue().replace('"sep=,"', "sep=,").encode(), tmp_path).text

    for row in rows:
        cells = [" ".join(cell.split()).replace("|", "\\|") for cell in row]
        assert not any(cells) or "| " + " | ".join(cells) + " |" in text
