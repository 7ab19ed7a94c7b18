"""Frames out of bytes: any cutting gives the same frames, and nothing grows without end."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.providers.frames import MAX_FRAME_BYTES, NdjsonFrames, SseFrames
from chatbox.providers.joiner import DeltaJoiner
from chatbox.providers.port import Finished, ModelEvent, ReasoningDelta, StreamBroken, TextDelta
from chatbox.providers.think_tags import ThinkTagSplitter
from chatbox.providers.wire import FrameCutter


def cut_all(frames: FrameCutter, *pieces: bytes) -> list[bytes]:
    return [frame for piece in pieces for frame in frames.cut(piece)] + frames.rest()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"data: one\n\ndata: two\n\n", [b"one", b"two"]),
        (b"data:one\n\n", [b"one"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
        (b": OPENROUTER PROCESSING\n\ndata: one\n\n", [b"one"]),
        (b"event: message\nid: 7\nretry: 100\ndata: one\n\n", [b"one"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b"\n\n\ndata: one\n\n\n\n", [b"one"]),
        (b"data: one", [b"one"]),
        (b"data: one\n", [b"one"]),
        (b"data:  spaced \n\n", [b" spaced "]),
        (b"data\n\nnonsense\n\n", []),
        (b"", []),
    ],
)
def test_event_streams_are_read_as_their_standard_says(raw: bytes, expected: list[bytes]) -> None:
    assert cut_all(SseFrames(), raw) == expected


def test_lines_of_json_are_read_without_blank_ones() -> None:
    assert cut_all(NdjsonFrames(), b'{"a":1}\r\n\n  \n{"b":2}') == [b'{"a":1}\r', b'{"b":2}']


@given(
    st.lists(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), min_size=1), max_size=8),
    st.sampled_from(["\n\n", "\r\n\r\n"]),
    st.data(),
)
def test_any_cutting_of_an_event_stream_gives_the_same_frames(
    texts: list[str], ending: str, data: st.DataObject
) -> None:
    raw = "".join(f"data: {json.dumps(text)}{ending}" for text in texts).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    pieces = [raw[start:end] for start, end in zip([0, *places], [*places, len(raw)], strict=True)]
    assert [json.loads(frame) for frame in cut_all(SseFrames(), *pieces)] == texts


@pytest.mark.parametrize("frames", [SseFrames, NdjsonFrames])
def test_a_line_that_never_ends_is_refused(frames: type[FrameCutter]) -> None:
    pieces = [b"data: x" + b"x" * 65536] * (MAX_FRAME_BYTES // 65536 + 2)
    with pytest.raises(StreamBroken):
        cut_all(frames(), *pieces)


def test_an_event_of_endless_lines_is_refused() -> None:
    pieces = [b"data: " + b"y" * 32768 + b"\n"] * (MAX_FRAME_BYTES // 32768 + 2)
    with pytest.raises(StreamBroken):
        cut_all(SseFrames(), *pieces)


def test_a_long_line_in_small_pieces_costs_time_in_proportion() -> None:
    cutter = SseFrames()
    started = time.process_time()
    for _ in range(MAX_FRAME_BYTES // 1024 - 1):
        cutter.cut(b"z" * 1024)
    assert time.process_time() - started < 2.0


def test_neighbouring_deltas_of_one_kind_are_joined_and_others_keep_their_order() -> None:
    joiner = DeltaJoiner()
    for piece in ("a", "b"):
        joiner.text(piece)
    joiner.reasoning("c")
    joiner.reasoning("d")
    joiner.event(ReasoningDelta("", "signed"))
    joiner.text("e")
    joiner.event(Finished("stop", None))
    assert joiner.take() == [
        TextDelta("ab"),
        ReasoningDelta("cd"),
        ReasoningDelta("", "signed"),
        TextDelta("e"),
        Finished("stop", None),
    ]
    assert joiner.take() == []


def split(*pieces: str) -> list[ModelEvent]:
    joiner = DeltaJoiner()
    splitter = ThinkTagSplitter(joiner)
    for piece in pieces:
        if splitter.is_open:
            splitter.add(piece)
        else:
            joiner.text(piece)
    splitter.finish()
    return joiner.take()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<think>hmm</think>yes", [ReasoningDelta("hmm"), TextDelta("yes")]),
        ("\n <think>\n\nhmm\n</think>\n\nyes", [ReasoningDelta("hmm\n"), TextDelta("yes")]),
        ("<think>a < b </thin k</think>yes", [ReasoningDelta("a < b </thin k"), TextDelta("yes")]),
        ("<think>never closed </thi", [ReasoningDelta("never closed </thi")]),
        ("<think></think>yes", [TextDelta("yes")]),
        ("plain <think>not this</think>", [TextDelta("plain <think>not this</think>")]),
        ("  plain", [TextDelta("  plain")]),
        ("<thinking>x", [TextDelta("<thinking>x")]),
        ("<thi", [TextDelta("<thi")]),
        ("<think>a</think>b<think>c</think>", [ReasoningDelta("a"), TextDelta("b<think>c</think>")]),
        ("   ", [TextDelta("   ")]),
    ],
)
def test_think_tags_part_the_same_whole_and_letter_by_letter(said: str, expected: list[ModelEvent]) -> None:
    assert split(said) == expected
    assert split(*said) == expected
