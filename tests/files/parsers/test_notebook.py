"""Notebooks as Markdown."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import read, read_or_fail
from tests.files.parsers.samples import notebook_file

from chatbox.files.parsers.document import FileDamaged, FileTooComplex
from chatbox.files.parsers.notebook import LONGEST_OUTPUT, parse_notebook


def test_a_notebook_shows_its_words_its_code_and_what_was_printed(tmp_path: Path) -> None:
    found = read(parse_notebook, notebook_file(), tmp_path)

    assert found.between_marks() == [
        (
            "Study 研究",
            (
                "# Study 研究\n\nWords ![p]()\n\n```julia\nprint(1)\n```\n\n"
                "```text\n1\n二\n<Figure>\nValueError: no\n```\n\n"
            ),
        ),
        ("Result", "## Result\nfine\n\nas it is"),
    ]
    assert found.meta.title == "Study 研究"


def test_a_notebook_of_version_three_is_read_too(tmp_path: Path) -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "Old"}, {"cell_type": "code", "input": ["1\n", "2"]}]
    content = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()

    assert read(parse_notebook, content, tmp_path).text == "## Old\n\n```python\n1\n2\n```"


def test_a_long_output_is_cut_and_says_so(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": "y" * 50_000}]}

    found = read(parse_notebook, json.dumps({"cells": [cell]}).encode(), tmp_path)

    assert LONGEST_OUTPUT < len(found.text) < LONGEST_OUTPUT + 100
    assert found.notes == ["output_cut"]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"not json", b'{"cells": 1}', b'"x"'])
def test_what_is_no_notebook_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileDamaged):
        read(parse_notebook, content, tmp_path)


def test_a_notebook_nested_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileTooComplex):
        read(parse_notebook, b'{"cells":' + b"[" * 100_000, tmp_path)


_KEYS = st.sampled_from(
    [
        "cells",
        "cell_type",
        "source",
        "outputs",
        "output_type",
        "text",
        "data",
        "metadata",
        "worksheets",
        "level",
        "traceback",
    ]
)
_JSON = st.recursive(
    st.sampled_from([None, 1, True, "markdown", "code", "heading", "error", "# x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.dictionaries(_KEYS, _JSON), max_size=4))
def test_any_json_reads_or_fails_as_a_file(tmp_path: Path, cells: list[object]) -> None:
    read_or_fail(parse_notebook, json.dumps({"cells": cells}).encode(), tmp_path)
