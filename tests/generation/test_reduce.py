"""Folding the events of an answer gives its message, however the log cut its text into events."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatbox.generation.parts_builder import PartsBuilder
from chatbox.generation.reduce import reduce, tool_call_part

Event = tuple[str, Mapping[str, Any]]

_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
_ids = st.sampled_from(["c1", "c2"])
_events = st.lists(
    st.one_of(
        st.tuples(st.just("stream_chunk"), st.fixed_dictionaries({"chunk": _words})),
        st.tuples(
            st.just("reasoning_chunk"),
            st.fixed_dictionaries(
                {"chunk": _words, "signature": st.none() | st.just("sig"), "provider": st.none() | st.just("anthropic")}
            ),
        ),
        st.tuples(
            st.just("tool_call"),
            st.fixed_dictionaries(
                {
                    "toolCallId": _ids,
                    "toolName": st.just("clock"),
                    "args": st.just({"zone": "UTC"}) | st.just("{"),
                    "signature": st.none() | st.just("sig"),
                }
            ),
        ),
        st.tuples(st.just("tool_approval"), st.fixed_dictionaries({"toolCallId": _ids})),
        st.tuples(
            st.just("tool_result"),
            st.fixed_dictionaries(
                {"toolCallId": _ids, "state": st.sampled_from(["result", "error"]), "result": st.none() | st.integers()}
            ),
        ),
        st.tuples(
            st.just("error"),
            st.fixed_dictionaries({"code": st.just("stream_broken"), "detail": _words, "params": st.just({"n": 1})}),
        ),
    ),
    max_size=20,
)


def split(events: list[Event], data: st.DataObject) -> list[Event]:
    """The same answer, its text cut elsewhere. A signature stays with the last piece, as journals write it."""
    pieces: list[Event] = []
    for kind, body in events:
        if kind in {"stream_chunk", "reasoning_chunk"} and len(body["chunk"]) > 1:
            at = data.draw(st.integers(1, len(body["chunk"]) - 1))
            unsigned = {**body, "signature": None} if "signature" in body else body
            pieces += [(kind, {**unsigned, "chunk": body["chunk"][:at]}), (kind, {**body, "chunk": body["chunk"][at:]})]
        else:
            pieces.append((kind, body))
    return pieces


@given(_events, st.data())
def test_it_does_not_matter_how_the_text_is_cut(events: list[Event], data: st.DataObject) -> None:
    assert reduce(split(events, data)) == reduce(events)


@given(_events)
def test_a_run_that_builds_its_parts_has_what_its_log_folds_to(events: list[Event]) -> None:
    assert built(events) == reduce(events).content_parts


def built(events: list[Event]) -> list[dict[str, Any]]:
    """The parts as a run makes them, which does not read what it wrote."""
    parts = PartsBuilder()
    for kind, data in events:
        match kind:
            case "stream_chunk":
                parts.text(data["chunk"])
            case "reasoning_chunk":
                parts.reasoning(data["chunk"], data["signature"], data["provider"])
            case "tool_call":
                parts.push(tool_call_part(data))
            case "tool_result":
                parts.set_tool_result(data["toolCallId"], data["state"], data["result"])
            case "error":
                parts.push({"type": "error", **data})
    return parts.build()


@given(_events, _events)
def test_an_answer_that_goes_on_adds_to_what_it_starts_with(first: list[Event], second: list[Event]) -> None:
    kept = reduce(first).content_parts

    whole = reduce([*first, ("stream_start", {"content_parts": kept}), *second])

    assert whole == reduce(second, kept)


@given(_events)
def test_folding_changes_neither_events_nor_beginnings(events: list[Event]) -> None:
    start = [{"type": "tool-call", "toolCallId": "c1", "toolName": "clock", "args": {}, "state": "call"}]

    reduce(events, start)

    assert start == [{"type": "tool-call", "toolCallId": "c1", "toolName": "clock", "args": {}, "state": "call"}]
    assert reduce(events, start) == reduce(events, start)


def test_an_end_tells_status_usage_and_reason() -> None:
    end = {"status": "complete", "usage": {"inputTokens": 1}, "finish_reason": "stop"}

    reduced = reduce([("stream_end", end)])

    assert (reduced.status, reduced.usage, reduced.finish_reason) == ("complete", {"inputTokens": 1}, "stop")


def test_an_answer_without_an_end_streams() -> None:
    assert reduce([("stream_chunk", {"chunk": "Because"})]).status == "streaming"


def test_what_is_no_part_of_an_answer_changes_nothing() -> None:
    assert reduce([("session_updated", {"session": None}), ("message_created", {})]).content_parts == []
