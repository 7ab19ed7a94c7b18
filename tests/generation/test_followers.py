"""Following a session: the past, then the present, for as long as somebody follows, and not a moment longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import text
from tests.support.journals import (
    DEADLINE_SECONDS,
    QUIET_EVENT,
    Ether,
    EtherBus,
    Instance,
    Stage,
    Viewer,
    alone,
    read_log,
    soon,
)

from chatbox.generation import store
from chatbox.generation.followers import EVENTS_IN_ONE_READ
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.supervisor import Supervisor

_AGE = text("UPDATE session_events SET created_at = now() - interval '1 day' WHERE session_id = :id")


async def trim(db: Database, session_id: UUID) -> None:
    """Let everything that was told so far be old, and go."""
    async with db.begin() as tx:
        await tx.execute(_AGE, {"id": session_id})
        await store.trim(tx, utc_now() - timedelta(hours=1), 100)
    assert await read_log(db, session_id) == []


async def test_what_an_answer_says_is_shown_at_once(instance: Instance, session_id: UUID) -> None:
    viewer = Viewer(instance, session_id, 0)
    await instance.tell(session_id)
    await soon(viewer, 1)
    run = await instance.begin(session_id)

    await instance.say(session_id, run, "Because")

    await soon(viewer, 2)
    await viewer.leave()


async def test_what_an_answer_says_is_shown_elsewhere_at_once(stage: Stage, session_id: UUID) -> None:
    ether = Ether()
    here, there = await stage.open(partial(quick, ether)), await stage.open(partial(quick, ether))
    viewer = Viewer(here, session_id, 0)
    await there.tell(session_id)
    await soon(viewer, 1)
    run = await there.begin(session_id)

    await there.say(session_id, run, "Because")

    await soon(viewer, 2)
    await viewer.leave()


class QuickBus(EtherBus):
    """One that takes itself for healthy, so that nobody looks at the log for it more often than needed."""

    is_healthy = True


def quick(ether: Ether, _supervisor: Supervisor, _db: Database) -> QuickBus:
    bus = QuickBus(ether)
    ether.buses.append(bus)
    return bus


async def test_the_past_comes_first_and_then_the_present(instance: Instance, session_id: UUID) -> None:
    await instance.tell(session_id)
    await instance.tell(session_id)
    viewer = Viewer(instance, session_id, 0)
    await viewer.reached(2)

    await instance.tell(session_id)

    await viewer.reached(3)
    await viewer.leave()
    assert viewer.seqs == [1, 2, 3]


async def test_whoever_comes_back_gets_exactly_the_rest(instance: Instance, session_id: UUID) -> None:
    for _ in range(5):
        await instance.tell(session_id)

    viewer = Viewer(instance, session_id, 3)

    await viewer.reached(5)
    await viewer.leave()
    assert viewer.seqs == [4, 5]


async def test_a_long_past_comes_whole(instance: Instance, session_id: UUID) -> None:
    count = 2 * EVENTS_IN_ONE_READ + 50
    await instance.tell(session_id, *[QUIET_EVENT] * count)

    viewer = Viewer(instance, session_id, 0)

    await viewer.reached(count)
    await viewer.leave()
    assert viewer.seqs == list(range(1, count + 1))


async def test_a_reset_leads_to_what_the_running_answer_has_said_already(
    instance: Instance, session_id: UUID, shared_db: Database
) -> None:
    for _ in range(3):
        await instance.tell(session_id)
    await trim(shared_db, session_id)
    run = await instance.begin(session_id)
    await instance.say(session_id, run, "said before anybody came")
    await instance.journal.flushed(run)

    viewer = Viewer(instance, session_id, 1)

    await soon(viewer, 4)
    await viewer.leave()
    assert [(frame.type, frame.seq) for frame in viewer.frames] == [("reset", 3), ("stream_chunk", 4)]
    assert viewer.frames[0].data == b'{"seq":3}'


async def test_a_reset_comes_where_the_whole_log_was_trimmed(
    instance: Instance, session_id: UUID, shared_db: Database
) -> None:
    for _ in range(3):
        await instance.tell(session_id)
    await trim(shared_db, session_id)
    viewer = Viewer(instance, session_id, 1)
    await soon(viewer, 3)

    await instance.tell(session_id)

    await soon(viewer, 4)
    await viewer.leave()
    assert [(frame.type, frame.seq) for frame in viewer.frames] == [("reset", 3), ("session_updated", 4)]


async def test_no_reset_comes_to_who_has_seen_all_that_was_trimmed(
    instance: Instance, session_id: UUID, shared_db: Database
) -> None:
    for _ in range(3):
        await instance.tell(session_id)
    await trim(shared_db, session_id)
    viewer = Viewer(instance, session_id, 3)

    await instance.tell(session_id)

    await viewer.reached(4)
    await viewer.leave()
    assert viewer.seqs == [4]


async def test_a_number_from_another_life_of_the_log_is_reset(instance: Instance, session_id: UUID) -> None:
    await instance.tell(session_id)

    viewer = Viewer(instance, session_id, 99)

    async with asyncio.timeout(DEADLINE_SECONDS):
        while not viewer.frames:
            await asyncio.sleep(0.01)
    await viewer.leave()
    assert [(frame.type, frame.seq) for frame in viewer.frames] == [("reset", 1)]


class HeldDatabase(Database):
    """Holds back the answer to what was read, once, until the test lets it go."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=3)
        self.holds = False
        self.has_read = asyncio.Event()
        self.may_answer = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        async with super().begin() as tx:
            yield tx
        if self.holds:
            self.holds = False
            self.has_read.set()
            await self.may_answer.wait()


async def test_a_bell_that_rings_while_the_newest_number_is_read_is_heard(
    stage: Stage, shared_database: str, session_id: UUID
) -> None:
    held = HeldDatabase(shared_database)
    here = await stage.open(alone, held)
    there = await stage.open(alone)
    held.holds = True
    viewer = Viewer(here, session_id, None)
    await held.has_read.wait()
    await there.tell(session_id)
    here.followers._wake(session_id)

    held.may_answer.set()

    await soon(viewer, 1)
    await viewer.leave()


async def test_a_bell_that_is_lost_costs_only_time(stage: Stage, session_id: UUID) -> None:
    ether = Ether(fates=("lose",))
    here, there = await stage.open(ether.bus), await stage.open(ether.bus)
    viewer = Viewer(here, session_id, 0)

    await there.tell(session_id)
    await viewer.reached(1)
    await there.tell(session_id)
    await viewer.reached(2)

    await viewer.leave()
    assert viewer.seqs == [1, 2]


async def test_what_is_too_large_for_the_bus_arrives_all_the_same(stage: Stage, session_id: UUID) -> None:
    ether = Ether()
    here, there = await stage.open(ether.bus), await stage.open(ether.bus)
    viewer = Viewer(here, session_id, 0)
    run = await there.begin(session_id)

    await there.say(session_id, run, "x" * 2 * EtherBus.largest_payload)

    await viewer.reached(1)
    await viewer.leave()
    assert len(viewer.frames[0].data) > EtherBus.largest_payload


async def test_an_unreadable_message_is_taken_for_a_bell(stage: Stage, session_id: UUID, shared_db: Database) -> None:
    ether = Ether()
    here = await stage.open(ether.bus)
    stranger = ether.bus(here.supervisor, here.db)
    viewer = Viewer(here, session_id, 0)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not ether.buses[0].handlers:
            await asyncio.sleep(0)
    async with shared_db.begin() as tx:
        await store.record(tx, session_id, [("pong", b"{}")], generation_id=None, running=None)

    stranger.post(f"session:{session_id}", b"\xff not JSON")

    await viewer.reached(1)
    await viewer.leave()
