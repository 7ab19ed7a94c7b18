"""Following a session: the past, then the present, for as long as somebody follows, and not a moment longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.support.journals import (
    DEADLINE_SECONDS,
    QUIET_EVENT,
    Ether,
    EtherBus,
    Instance,
    MakeBus,
    Viewer,
    make_session,
    opened,
    read_log,
)

from chatbox.generation import store
from chatbox.generation.connections import Connection
from chatbox.generation.followers import EVENTS_IN_ONE_READ, LARGEST_QUEUE
from chatbox.generation.frame import Frame
from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.bus.port import Handler
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.ids import new_id
from chatbox.kernel.supervisor import Supervisor
from chatbox.kernel.web import Principal


class Stage:
    """Opens instances on one database, and closes them with the test."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack

    async def open(self, make_bus: MakeBus, db: Database | None = None) -> Instance:
        db = db or Database(self._url, pool_size=3)
        return await self._stack.enter_async_context(opened(db, make_bus))


@pytest.fixture
async def stage(shared_database: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(shared_database, stack)


def alone(_supervisor: Supervisor, _db: Database) -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def instance(stage: Stage) -> Instance:
    """One that has nobody else to tell."""
    return await stage.open(alone)


@pytest.fixture
async def session_id(shared_db: Database) -> UUID:
    return await make_session(shared_db)


_AGE = text("UPDATE session_events SET created_at = now() - interval '1 day' WHERE session_id = :id")


async def trim(db: Database, session_id: UUID) -> None:
    """Let everything that was told so far be old, and go."""
    async with db.begin() as tx:
        await tx.execute(_AGE, {"id": session_id})
        await store.trim(tx, utc_now() - timedelta(hours=1), 100)
    assert await read_log(db, session_id) == []


async def soon(viewer: Viewer, seq: int) -> None:
    """Wait until the event `seq` was seen, but not for the regular look at the log, which would find it too."""
    async with asyncio.timeout(2):
        await viewer.reached(seq)


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


async def test_who_leaves_is_forgotten(instance: Instance, session_id: UUID) -> None:
    viewers = [Viewer(instance, session_id, 0) for _ in range(3)]
    await instance.tell(session_id)
    for viewer in viewers:
        await viewer.reached(1)

    for viewer in viewers:
        await viewer.leave()

    assert instance.followers._topics == {}


class SlowBus(EtherBus):
    """One whose watch takes until the test allows it."""

    def __init__(self) -> None:
        super().__init__(Ether())
        self.watching = asyncio.Event()
        self.allowed = asyncio.Event()

    async def watch(self, topic: str, handler: Handler) -> None:
        self.watching.set()
        await self.allowed.wait()
        await super().watch(topic, handler)


async def test_who_leaves_before_the_bus_is_watched_is_forgotten(stage: Stage, session_id: UUID) -> None:
    bus = SlowBus()
    instance = await stage.open(lambda _supervisor, _db: bus)
    viewer = Viewer(instance, session_id, 0)
    await bus.watching.wait()

    await viewer.leave()

    assert instance.followers._topics == {}


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


async def test_following_ends_when_the_session_is_deleted(instance: Instance, session_id: UUID) -> None:
    viewer = Viewer(instance, session_id, 0)
    await instance.tell(session_id)
    await viewer.reached(1)

    await delete(instance, session_id)

    await viewer.done()
    assert instance.followers._topics == {}


@pytest.mark.parametrize("fate", ["arrive", "lose"])
async def test_following_ends_elsewhere_when_the_session_is_deleted(stage: Stage, session_id: UUID, fate: str) -> None:
    ether = Ether()
    here, there = await stage.open(ether.bus), await stage.open(ether.bus)
    viewer = Viewer(here, session_id, 0)
    await there.tell(session_id)
    await viewer.reached(1)

    ether.fates = ("arrive",) if fate == "arrive" else ("lose",)
    await delete(there, session_id)

    await viewer.done()


async def delete(instance: Instance, session_id: UUID) -> None:
    async with instance.journal.writing() as writing:
        await writing.lock(session_id)
        await writing.tx.execute(text("DELETE FROM chat_sessions WHERE id = :id"), {"id": session_id})
        writing.session_deleted(session_id)


async def test_following_ends_when_the_connection_must_close(instance: Instance, session_id: UUID) -> None:
    connection = Connection(Principal(new_id(), "a@example.org", "Ann", "user", None, new_id(), None, frozenset()))
    frames: list[Frame] = []

    async def follow() -> None:
        async for batch in instance.followers.follow(session_id, 0, connection=connection):
            frames.extend(batch)

    following = asyncio.create_task(follow())
    await instance.tell(session_id)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not frames:
            await asyncio.sleep(0.01)

    connection.close("leaving")

    async with asyncio.timeout(DEADLINE_SECONDS):
        await following


async def test_quiet_times_are_told_to_who_asks_for_it(instance: Instance, session_id: UUID) -> None:
    async with aclosing(instance.followers.follow(session_id, 0, idle_seconds=0.01)) as batches:
        assert await anext(batches) == []
        await instance.tell(session_id)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (batch := await anext(batches)):
                pass
        assert [frame.seq for frame in batch] == [1]
        assert await anext(batches) == []


async def test_an_idle_reader_holds_no_connection_to_the_database(stage: Stage, session_id: UUID) -> None:
    instance = await stage.open(alone)
    viewers = [Viewer(instance, session_id, 0) for _ in range(20)]
    await instance.tell(session_id)

    for viewer in viewers:
        await viewer.reached(1)

    async with asyncio.timeout(1), instance.db.begin() as tx:
        await store.read_head(tx, session_id)
    for viewer in viewers:
        await viewer.leave()


async def test_a_reader_that_takes_nothing_holds_no_more_than_its_queue(instance: Instance, session_id: UUID) -> None:
    viewer = Viewer(instance, session_id, 0)
    await instance.tell(session_id)
    viewer.reads.clear()
    await viewer.reached(1)
    [queue] = instance.followers._topics[session_id].queues
    run = await instance.begin(session_id)

    for _ in range(3 * LARGEST_QUEUE // 20_000):
        await instance.say(session_id, run, "y" * 20_000)
        await instance.journal.flushed(run)
        assert queue.size <= LARGEST_QUEUE

    viewer.reads.set()
    last = (await read_log(instance.db, session_id))[-1].seq
    await viewer.reached(last)
    await viewer.leave()
    assert viewer.seqs == list(range(1, last + 1))


async def test_a_slow_reader_does_not_hold_up_the_others(instance: Instance, session_id: UUID) -> None:
    slow, quick = Viewer(instance, session_id, 0), Viewer(instance, session_id, 0)
    slow.reads.clear()

    for _ in range(10):
        await instance.tell(session_id)

    await quick.reached(10)
    await slow.leave()
    await quick.leave()
    assert quick.seqs == list(range(1, 11))
