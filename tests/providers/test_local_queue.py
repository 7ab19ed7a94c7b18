"""The built-in model's queue: who runs, who waits where, and that nobody is starved."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.providers.local_queue import FairQueue, Place
from chatbox.providers.port import ModelOverloaded


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_as_many_run_at_once_as_there_are_slots(stack: ExitStack) -> None:
    queue = FairQueue(slots=2, longest=10)

    places = [stack.enter_context(queue.join(user, "m")) for user in "abcd"]

    assert [place.position for place in places] == [0, 0, 1, 2]


def test_one_question_of_another_person_goes_before_a_pile_of_mine(stack: ExitStack) -> None:
    queue = FairQueue(slots=1, longest=10)
    mine = [stack.enter_context(queue.join("a", "m")) for _ in range(4)]

    other = stack.enter_context(queue.join("b", "m"))

    assert other.position == 1
    assert [place.position for place in mine] == [0, 2, 3, 4]


def test_two_piles_take_turns(stack: ExitStack) -> None:
    queue = FairQueue(slots=1, longest=10)
    stack.enter_context(queue.join("c", "m"))

    mine = [stack.enter_context(queue.join("a", "m")) for _ in range(3)]
    theirs = [stack.enter_context(queue.join("b", "m")) for _ in range(3)]

    assert [place.position for place in mine] == [1, 3, 5]
    assert [place.position for place in theirs] == [2, 4, 6]


async def test_a_place_that_is_left_moves_the_others_up(stack: ExitStack) -> None:
    queue = FairQueue(slots=1, longest=10)
    stack.enter_context(queue.join("a", "m"))
    with queue.join("b", "m"):
        last = stack.enter_context(queue.join("c", "m"))
        assert await last.next_position() == 2

    assert await last.next_position() == 1


def test_a_full_queue_refuses(stack: ExitStack) -> None:
    queue = FairQueue(slots=1, longest=1)
    stack.enter_context(queue.join("a", "m"))
    stack.enter_context(queue.join("b", "m"))

    with pytest.raises(ModelOverloaded):
        stack.enter_context(queue.join("c", "m"))


def test_another_model_waits_until_the_running_one_is_free(stack: ExitStack) -> None:
    queue = FairQueue(slots=2, longest=10)
    with queue.join("a", "large"):
        other = stack.enter_context(queue.join("b", "small"))
        assert other.position == 1

    assert other.position == 0


def test_a_place_for_another_model_is_not_overtaken(stack: ExitStack) -> None:
    queue = FairQueue(slots=2, longest=10)
    stack.enter_context(queue.join("a", "large"))
    stack.enter_context(queue.join("b", "small"))

    late = stack.enter_context(queue.join("c", "large"))

    assert late.position == 2


def test_the_queue_knows_when_it_is_empty(stack: ExitStack) -> None:
    queue = FairQueue(slots=1, longest=1)
    with queue.join("a", "m"):
        assert not queue.is_empty.is_set()

    assert queue.is_empty.is_set()
    assert not queue.is_used.is_set()


@given(
    slots=st.integers(1, 4),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 5)), max_size=40),
)
def test_whatever_happens_slots_are_used_and_positions_are_dense(slots: int, steps: list[tuple[str, str, int]]) -> None:
    queue = FairQueue(slots, longest=1000)
    held: list[tuple[ExitStack, Place]] = []
    for user, model, leaving in steps:
        stack = ExitStack()
        held.append((stack, stack.enter_context(queue.join(user, model))))
        for _ in range(min(leaving, len(held)) // 3):
            held.pop(leaving % len(held))[0].close()
        running = [place for _, place in held if place.position == 0]
        waiting = sorted(place.position or 0 for _, place in held if place.position != 0)
        assert len(running) <= slots
        assert len({place.model for place in running}) <= 1
        assert waiting == list(range(1, len(waiting) + 1))
        assert running or not held
    for stack, _ in held:
        stack.close()
    assert queue.is_empty.is_set()
