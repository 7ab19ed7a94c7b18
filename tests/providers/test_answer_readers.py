"""Every reader of an answer, fed without a network: the same bytes give the same answer however they are cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.upstreams.adapters import ADAPTERS, Adapter
from tests.support.upstreams.turns import PLAIN, TURNS, CallTurn, Finish, Tokens, Turn

from chatbox.providers.port import Finished, ModelEvent, ReasoningDelta, StreamBroken, TextDelta
from chatbox.providers.wire import AnswerReader

Heard = tuple[list[ModelEvent], str]

WORDS = st.lists(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20), max_size=6)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Any turn that a model could say."""
    numbers = range(draw(st.integers(0, 3)))
    calls = tuple(CallTurn(f"call_{number}", f"tool_{number}", ('{"a":', f" {number}}}")) for number in numbers)
    endings: list[Finish] = ["stop", "length", "content_filter"]
    counts = st.builds(Tokens, st.integers(0, 9999), st.integers(100, 9999), reasoning=st.integers(0, 99))
    return Turn(
        reasoning=tuple(draw(WORDS)),
        text=tuple(draw(WORDS)),
        calls=calls,
        finish="tool_calls" if calls else draw(st.sampled_from(endings)),
        tokens=draw(st.none() | counts),
        signature=draw(st.none() | st.just("c2ln")),
    )


def read(reader: AnswerReader, pieces: list[bytes]) -> Heard:
    """The whole answer with neighbouring deltas joined, and what went wrong."""
    events: list[ModelEvent] = []
    for piece in pieces:
        if not reader.is_over and reader.failure is None:
            events += reader.feed(piece)
    events += reader.close()
    return joined(events), type(reader.failure).__name__


def joined(events: list[ModelEvent]) -> list[ModelEvent]:
    whole: list[ModelEvent] = []
    for event in events:
        last = whole[-1] if whole else None
        if isinstance(event, TextDelta) and isinstance(last, TextDelta):
            whole[-1] = TextDelta(last.text + event.text)
        elif is_thought(event) and is_thought(last):
            whole[-1] = ReasoningDelta(last.text + event.text)  # type: ignore[union-attr]  # is_thought has looked
        else:
            whole.append(event)
    return whole


def is_thought(event: object) -> bool:
    return isinstance(event, ReasoningDelta) and event.signature is None


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    inside = sorted(place % (len(raw) + 1) for place in places)
    return [raw[start:end] for start, end in zip([0, *inside], [*inside, len(raw)], strict=True)]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.wire.name)
@given(turn=turns(), places=st.lists(st.integers(0, 100_000), max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_cutting_of_an_answers_bytes_gives_the_same_answer(adapter: Adapter, turn: Turn, places: list[int]) -> None:
    raw = b"".join(adapter.wire.frames(turn))
    assert read(adapter.read(), cut(raw, places)) == read(adapter.read(), [raw])


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.wire.name)
@given(turn=turns())
@settings(max_examples=40, deadline=None)
def test_an_answer_has_every_character_that_was_sent(adapter: Adapter, turn: Turn) -> None:
    plain = Turn(text=("A", *turn.text), reasoning=turn.reasoning, tokens=turn.tokens)
    events, failure = read(adapter.read(), [b"".join(adapter.wire.frames(plain))])
    assert failure == "NoneType"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "".join(plain.text)
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "".join(plain.reasoning)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.wire.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_an_answer_cut_short_is_never_a_success_without_its_finish_mark(adapter: Adapter, data: st.DataObject) -> None:
    frames = adapter.wire.frames(PLAIN)
    kept = data.draw(st.integers(0, len(PLAIN.text)))
    events, failure = read(adapter.read(), [b"".join(frames[:kept])])
    assert failure == StreamBroken.__name__
    assert not [event for event in events if isinstance(event, Finished)]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.wire.name)
@given(noise=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_noise_is_an_error_and_never_a_crash(adapter: Adapter, noise: bytes) -> None:
    events, failure = read(adapter.read(), [noise])
    assert failure != "NoneType"
    assert not [event for event in events if isinstance(event, Finished)]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.wire.name)
def test_frames_of_an_unknown_kind_are_passed_over(adapter: Adapter) -> None:
    unknown = b'{"type":"a.new.kind","delta":{"x":[1,{"y":2}]},"extra":{"z":"<script>"}}'
    frame = unknown + b"\n" if adapter.wire.name == "ollama" else b"event: a.new.kind\ndata: " + unknown + b"\n\n"
    frames = [part for whole in adapter.wire.frames(TURNS["plain"]) for part in (frame, whole)]
    assert read(adapter.read(), frames) == read(adapter.read(), adapter.wire.frames(TURNS["plain"]))
