"""Open streams end at once when whoever opened them may no longer, or the server leaves."""

import asyncio
from collections.abc import AsyncIterator, Collection
from uuid import UUID

import pytest

from chatbox.generation.connections import MOST_FOR_ONE_PERSON, Connections
from chatbox.generation.control import AccessLost
from chatbox.kernel.errors import StoreUnavailable, TooManyRequests
from chatbox.kernel.ids import new_id
from chatbox.kernel.supervisor import Supervisor
from chatbox.kernel.web import Principal

ANN, BOB = new_id(), new_id()


class Gate:
    """Lets everybody in but those it was told of."""

    def __init__(self) -> None:
        self.refused: set[UUID] = set()
        self.asked: list[set[Principal]] = []
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def still_allowed(self, principals: Collection[Principal]) -> set[Principal]:
        self.asked.append(set(principals))
        await self.may_answer.wait()
        if self.is_away:
            raise StoreUnavailable
        return {principal for principal in principals if principal.id not in self.refused}


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def connections(gate: Gate) -> AsyncIterator[Connections]:
    supervisor = Supervisor()
    yield Connections(gate, supervisor)
    await supervisor.close()


def person(user_id: UUID, *, sign_in_id: UUID | None = None, api_key_id: UUID | None = None) -> Principal:
    return Principal(user_id, "a@example.org", "Ann", "user", None, sign_in_id, api_key_id, frozenset({"chat"}))


def test_an_open_stream_is_counted_until_it_ends(connections: Connections) -> None:
    with connections.opened(person(ANN)), connections.opened(person(BOB)):
        assert connections.count() == 2

    assert connections.count() == 0


def test_a_stream_that_fails_is_forgotten_too(connections: Connections) -> None:
    with pytest.raises(OSError, match="broken"), connections.opened(person(ANN)):
        raise OSError("broken")

    assert connections.count() == 0


def test_one_person_opens_only_so_many(connections: Connections) -> None:
    opened = [connections.opened(person(ANN)) for _ in range(MOST_FOR_ONE_PERSON)]
    for stream in opened:
        stream.__enter__()

    with pytest.raises(TooManyRequests), connections.opened(person(ANN)):
        pass

    with connections.opened(person(BOB)):
        assert connections.count() == MOST_FOR_ONE_PERSON + 1


def test_who_lost_all_access_loses_every_stream(connections: Connections) -> None:
    with (
        connections.opened(person(ANN, sign_in_id=new_id())) as first,
        connections.opened(person(ANN, api_key_id=new_id())) as second,
        connections.opened(person(BOB, sign_in_id=new_id())) as other,
    ):
        connections.access_lost(AccessLost(ANN, None, None))

        assert (first.reason, second.reason, other.reason) == ("access_lost", "access_lost", None)
        assert first.closed.is_set()
        assert not other.closed.is_set()


def test_a_lost_sign_in_ends_its_own_streams_only(connections: Connections) -> None:
    laptop, phone, key = new_id(), new_id(), new_id()
    with (
        connections.opened(person(ANN, sign_in_id=laptop)) as at_laptop,
        connections.opened(person(ANN, sign_in_id=phone)) as at_phone,
        connections.opened(person(ANN, api_key_id=key)) as by_program,
    ):
        connections.access_lost(AccessLost(ANN, laptop, None))
        connections.access_lost(AccessLost(ANN, None, key))

        assert (at_laptop.reason, at_phone.reason, by_program.reason) == ("access_lost", None, "access_lost")


def test_a_sign_in_under_another_persons_name_ends_nothing(connections: Connections) -> None:
    sign_in = new_id()
    with connections.opened(person(ANN, sign_in_id=sign_in)) as stream:
        connections.access_lost(AccessLost(BOB, sign_in, None))

        assert stream.reason is None


def test_everybody_is_sent_away_when_the_server_leaves(connections: Connections) -> None:
    with connections.opened(person(ANN)) as early:
        connections.leave()

        assert early.reason == "leaving"
        with connections.opened(person(BOB)) as late:
            assert late.reason == "leaving"


def test_the_first_reason_counts_and_the_end_is_told_once(connections: Connections) -> None:
    told: list[str] = []
    with connections.opened(person(ANN)) as stream:
        stream.on_close(lambda: told.append("closed"))
        stream.close("access_lost")
        stream.close("leaving")

        assert (stream.reason, told) == ("access_lost", ["closed"])


def test_who_asks_after_the_end_is_told_at_once(connections: Connections) -> None:
    told: list[str] = []
    with connections.opened(person(ANN)) as stream:
        stream.close("leaving")

        stream.on_close(lambda: told.append("closed"))

        assert told == ["closed"]


async def test_a_lost_access_whose_word_was_lost_is_found(connections: Connections, gate: Gate) -> None:
    gate.refused = {ANN}
    with connections.opened(person(ANN)) as refused, connections.opened(person(BOB)) as allowed:
        await connections.check()

        assert (refused.reason, allowed.reason) == ("access_lost", None)


async def test_nobody_is_asked_about_when_nobody_is_there(connections: Connections, gate: Gate) -> None:
    await connections.check()

    assert gate.asked == []


async def test_nobody_is_sent_away_while_it_cannot_be_known(connections: Connections, gate: Gate) -> None:
    gate.refused, gate.is_away = {ANN}, True
    with connections.opened(person(ANN)) as stream:
        await connections.check()

        assert stream.reason is None


async def test_who_comes_while_others_are_checked_is_not_judged_with_them(connections: Connections, gate: Gate) -> None:
    gate.refused = {ANN, BOB}
    gate.may_answer.clear()
    with connections.opened(person(ANN)) as early:
        checking = asyncio.create_task(connections.check())
        while not gate.asked:
            await asyncio.sleep(0)
        with connections.opened(person(BOB)) as late:
            gate.may_answer.set()
            await checking

            assert (early.reason, late.reason) == ("access_lost", None)
