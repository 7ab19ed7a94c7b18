"""A form is read the same however its bytes are cut."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbox.files.errors import BadForm
from chatbox.files.multipart import FormReader

KIND = "multipart/form-data; boundary=--frontier"
FORM = (
    b'----frontier\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nknowledge\r\n'
    b'----frontier\r\ncontent-disposition: form-data; name="file"; filename="\xe5\x9b\xbe \\"1\\".png"\r\n'
    b"Content-Type: image/png\r\n\r\n" + bytes(range(256)) + b"\r\n----fronti\r\n--\r\n\r\n"
    b'\r\n----frontier\r\nContent-Disposition: form-data; name="after"\r\n\r\n\xe4\xb8\x96'
    b"\r\n----frontier--\r\nepilogue"
)
CONTENT = bytes(range(256)) + b"\r\n----fronti\r\n--\r\n\r\n"


async def pieces(cuts: list[int]) -> AsyncIterator[bytes]:
    for start, end in pairwise([0, *cuts, len(FORM)]):
        yield FORM[start:end]


async def read_all(body: AsyncIterator[bytes]) -> tuple[str, bytes, dict[str, str]]:
    form = FormReader(KIND, body)
    name = await form.open_file()
    content = b"".join([piece async for piece in form.chunks()])
    await form.finish()
    return name, content, form.fields


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(FORM)), max_size=12).map(sorted))
def test_any_cuts_give_the_same_form(cuts: list[int]) -> None:
    name, content, fields = asyncio.run(read_all(pieces(cuts)))

    assert name == '图 "1".png'
    assert content == CONTENT
    assert fields == {"purpose": "knowledge", "after": "世"}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(FORM) - len("--\r\nepilogue") - 1))
def test_a_form_that_breaks_off_is_never_taken_for_a_whole_one(length: int) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield FORM[:length]

    with pytest.raises(BadForm):
        asyncio.run(read_all(half()))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=500))
def test_nonsense_is_refused_and_nothing_else(body: bytes) -> None:
    async def nonsense() -> AsyncIterator[bytes]:
        yield b"----frontier\r\n" + body

    with pytest.raises(BadForm):
        asyncio.run(read_all(nonsense()))


async def test_a_field_has_its_limit() -> None:
    async def long() -> AsyncIterator[bytes]:
        yield b'----frontier\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        for _ in range(1000):
            yield b"x" * 10_000

    with pytest.raises(BadForm):
        await read_all(long())


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=" + "x" * 300, "multipart/form-data; boundary=", ""])
def test_a_boundary_is_needed(kind: str) -> None:
    with pytest.raises(BadForm):
        FormReader(kind, pieces([]))
