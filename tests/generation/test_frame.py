"""Events as they travel: the same bytes for everyone, over every way."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.generation.frame import Frame, pack, unpack

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('abc\n"\\é🙂', max_size=3), inner, max_size=3),
    max_leaves=6,
)
_frames = st.builds(
    Frame,
    st.integers(0, 2**62),
    st.sampled_from(["stream_chunk", "tool_result", "session_updated"]),
    st.dictionaries(st.text("xyz", min_size=1, max_size=3), _values, max_size=3).map(msgspec.json.encode),
)


def parts(frame: Frame) -> tuple[int, str, bytes]:
    return frame.seq, frame.type, frame.data


@given(st.lists(_frames, max_size=5))
def test_unpacking_is_the_inverse_of_packing(frames: list[Frame]) -> None:
    assert [parts(frame) for frame in unpack(pack(frames))] == [parts(frame) for frame in frames]


@pytest.mark.parametrize("message", [b"", b"{}", b"[[1]]", b"[[1,2,3]]", b"\xff", b"gone", b'[["1","a",{}]]'])
def test_what_is_no_message_of_ours_is_told_as_such(message: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        unpack(message)


@given(_frames)
def test_the_socket_gets_type_number_and_data(frame: Frame) -> None:
    told = json.loads(frame.text)

    assert told == {"type": frame.type, "seq": frame.seq, "data": json.loads(frame.data)}
    assert frame.text is frame.text, "it is made once for all who watch"


@given(_frames)
def test_the_event_stream_gets_three_lines_and_a_blank_one(frame: Frame) -> None:
    lines = frame.sse.split(b"\n")

    assert lines == [b"id: %d" % frame.seq, b"event: %b" % frame.type.encode(), b"data: " + frame.data, b"", b""]


def test_a_frames_size_counts_its_data() -> None:
    assert Frame(1, "stream_chunk", b"x" * 5000).size >= 5000
