"""Following a session ends when it must, costs nothing after that, and a slow reader costs the others nothing."""

import asyncio
from contextlib import aclosing
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.support.journals import (
    DEADLINE_SECONDS,
    Ether,
    EtherBus,
    Instance,
    Stage,
    Viewer,
    alone,
    read_log,
)

from chatbox.generation import store
from chatbox.generation.connections import Connection
from chatbox.generation.followers import LARGEST_QUEUE
from chatbox.generation.frame import Frame
from chatbox.kernel.bus.port import Handler
from chatbox.kernel.ids import new_id
from chatbox.kernel.web import Principal


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
