"""What waits for the next commit: joined where it can be, apart where it must be, and never too much."""

import asyncio
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.generation.pending import LARGEST_PIECE, MOST_WAITING, Pending, encode
from chatbox.kernel.ids import new_id

SESSION, RUN = new_id(), new_id()
TEXT, THOUGHT = "stream_chunk", "reasoning_chunk"


def add(pending: Pending, text: str, *, kind: str = TEXT, run: UUID = RUN, prefix: bytes = b'{"chunk":') -> None:
    pending.add_text(SESSION, run, kind, prefix, text)


def chunks(pending: Pending) -> list[tuple[str, str]]:
    batch = encode(pending.take())
    return [(kind, msgspec.json.decode(data)["chunk"]) for kind, data in zip(batch.types, batch.data, strict=True)]


def test_neighbouring_pieces_of_one_kind_become_one_event() -> None:
    pending = Pending()
    for piece in ("Be", "cau", "se ", "蓝🙂"):
        add(pending, piece)

    assert chunks(pending) == [(TEXT, "Because 蓝🙂")]


def test_pieces_of_different_kinds_stay_apart_and_in_order() -> None:
    pending = Pending()
    add(pending, "a")
    add(pending, "b", kind=THOUGHT)
    add(pending, "c")

    assert chunks(pending) == [(TEXT, "a"), (THOUGHT, "b"), (TEXT, "c")]


def test_pieces_with_different_beginnings_stay_apart() -> None:
    pending = Pending()
    add(pending, "a", prefix=b'{"of":1,"chunk":')
    add(pending, "b", prefix=b'{"of":2,"chunk":')

    assert chunks(pending) == [(TEXT, "a"), (TEXT, "b")]


def test_an_event_between_two_pieces_keeps_them_apart() -> None:
    pending = Pending()
    add(pending, "a")
    pending.add_event(SESSION, RUN, "tool_call", b'{"chunk":"!"}')
    add(pending, "b")

    assert chunks(pending) == [(TEXT, "a"), ("tool_call", "!"), (TEXT, "b")]


@given(st.lists(st.tuples(st.sampled_from([TEXT, THOUGHT]), st.text(st.characters(exclude_categories=["Cs"])))))
def test_nothing_is_lost_or_changed_by_joining(pieces: list[tuple[str, str]]) -> None:
    pending = Pending()
    for kind, piece in pieces:
        add(pending, piece, kind=kind)

    joined = chunks(pending)

    for wanted in (TEXT, THOUGHT):
        assert "".join(piece for kind, piece in joined if kind == wanted) == "".join(
            piece for kind, piece in pieces if kind == wanted
        )
    assert all(piece for _, piece in joined), "no event is empty"
    assert all(one[0] != other[0] for one, other in pairwise(joined)), "neighbours are joined"


@pytest.mark.parametrize("sizes", [[LARGEST_PIECE * 3 + 1], [LARGEST_PIECE - 1, 2, 5], [1, LARGEST_PIECE]])
def test_no_event_is_larger_than_one_may_be(sizes: list[int]) -> None:
    pending = Pending()
    for size in sizes:
        add(pending, "x" * size)

    lengths = [len(piece) for _, piece in chunks(pending)]

    assert max(lengths) <= LARGEST_PIECE
    assert sum(lengths) == sum(sizes)


def test_an_empty_piece_is_nothing() -> None:
    pending = Pending()

    add(pending, "")

    assert not pending.holds(RUN)
    assert not pending.filled.is_set()


def test_two_runs_of_one_session_stay_apart() -> None:
    pending = Pending()
    other = new_id()
    add(pending, "one ")
    add(pending, "zombie", run=other)
    add(pending, "two")

    batch = encode(pending.take())

    assert batch.sessions == [SESSION, SESSION]
    assert batch.generations == [RUN, other]
    assert (batch.counts, batch.places, batch.event_generations) == ([1, 1], [1, 1], [RUN, other])
    assert batch.data == [b'{"chunk":"one two"}', b'{"chunk":"zombie"}']


def test_places_count_from_one_in_each_run() -> None:
    pending = Pending()
    other = new_id()
    for run in (RUN, other):
        pending.add_event(SESSION, run, "tool_call", b"{}")
        pending.add_event(SESSION, run, "tool_result", b"{}")

    batch = encode(pending.take())

    assert batch.counts == [2, 2]
    assert batch.places == [1, 2, 1, 2]


def test_what_was_taken_is_gone() -> None:
    pending = Pending()
    add(pending, "a")
    assert pending.holds(RUN)

    pending.take()

    assert not pending.holds(RUN)
    assert not pending.filled.is_set()
    assert pending.take() == {}


def test_later_commits_have_greater_ids() -> None:
    ids = []
    for _ in range(1000):
        pending = Pending()
        add(pending, "a")
        ids.append(encode(pending.take()).commit_id)

    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


async def test_a_producer_waits_while_too_much_waits_and_goes_on_after() -> None:
    pending = Pending()
    await pending.room()
    add(pending, "x" * (MOST_WAITING + 1))
    waiting = [asyncio.create_task(pending.room()) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert not done

    pending.take()

    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)


async def test_many_tiny_events_count_as_what_they_cost() -> None:
    pending = Pending()
    for _ in range(1000):
        add(pending, "a")
        add(pending, "b", kind=THOUGHT)

    add(pending, "x" * (MOST_WAITING - 100_000))

    waiting = asyncio.create_task(pending.room())
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    waiting.cancel()
