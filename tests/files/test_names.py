"""Whatever a name was, what is made of it is harmless."""

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.files.names import MOST_BYTES_OF_A_NAME, disposition, key_extension, safe_name

anything = st.text(st.characters(), max_size=400)


@given(anything)
def test_a_safe_name_is_one_part_of_a_path_anywhere(given_name: str) -> None:
    name = safe_name(given_name)

    assert 0 < len(name.encode()) <= MOST_BYTES_OF_A_NAME
    assert PurePosixPath(name).name == name
    assert PureWindowsPath(name).name == name
    assert not PureWindowsPath(name).is_reserved()
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", name)
    assert name not in {".", ".."}


@given(anything)
def test_a_safe_name_stays_as_it_is(given_name: str) -> None:
    name = safe_name(given_name)

    assert safe_name(name) == name


@given(anything)
def test_the_header_that_carries_a_name_is_one_line_of_ascii(given_name: str) -> None:
    header = disposition("attachment", safe_name(given_name))

    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')


@given(anything)
def test_the_extension_of_a_key_is_plain(given_name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{1,10}", key_extension(given_name))


@pytest.mark.parametrize(
    ("name", "extension"), [("a.PDF", "pdf"), ("a", "bin"), ("a.tar.gz", "gz"), (".env", "bin"), ("a.图", "bin")]
)
def test_the_extension_of_a_key_is_that_of_the_name(name: str, extension: str) -> None:
    assert key_extension(name) == extension


def test_a_family_stays_together() -> None:
    assert safe_name("👨‍👩‍👧 photo.jpg") == "👨‍👩‍👧 photo.jpg"
