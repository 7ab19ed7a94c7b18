"""Who no longer owns an answer adds nothing to it; what was said once is stored once, whatever is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from sqlalchemy import text
from tests.support.journals import DEADLINE_SECONDS, Ether, Instance, Viewer, make_session, opened, read_log

from chatbox.generation import batch_store, store
from chatbox.generation.journal import FenceLost
from chatbox.generation.pending import Pending, encode
from chatbox.kernel.db import Database

Open = Callable[..., Awaitable[Instance]]


@pytest.fixture
async def open_instance(shared_database: str) -> AsyncIterator[Open]:
    ether = Ether()
    async with AsyncExitStack() as stack:

        async def open_one(db: Database | None = None) -> Instance:
            return await stack.enter_async_context(opened(db or Database(shared_database, pool_size=3), ether.bus))

        yield open_one


@pytest.fixture
async def here(open_instance: Open) -> Instance:
    return await open_instance()


@pytest.fixture
async def there(open_instance: Open) -> Instance:
    return await open_instance()


@pytest.fixture
async def session_id(shared_db: Database) -> UUID:
    return await make_session(shared_db)


async def said(db: Database, session_id: UUID) -> str:
    """The text that the session's log holds."""
    frames = await read_log(db, session_id)
    return "".join(msgspec.json.decode(frame.data)["chunk"] for frame in frames if frame.type == "stream_chunk")


def batch_of(session_id: UUID, run: UUID, words: str) -> batch_store.Batch:
    pending = Pending()
    pending.add_text(session_id, run, "stream_chunk", b'{"chunk":', words)
    return encode(pending.take())


async def test_a_run_that_was_ended_by_another_adds_nothing(here: Instance, there: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    await here.say(session_id, run, "mine")
    await here.journal.flushed(run)
    await there.end(session_id)

    await here.say(session_id, run, "more")
    with pytest.raises(FenceLost):
        await here.journal.flushed(run)
    with pytest.raises(FenceLost):
        await here.say(session_id, run, "and more")

    assert await said(here.db, session_id) == "mine"


async def test_a_run_adds_nothing_to_the_next_one(here: Instance, there: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    following = await there.begin(session_id)

    await here.say(session_id, run, "zombie")
    await there.say(session_id, following, "mine")

    await there.journal.flushed(following)
    with pytest.raises(FenceLost):
        await here.journal.flushed(run)
    assert await said(here.db, session_id) == "mine"


async def test_a_run_of_a_deleted_session_has_lost_its_fence(here: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    async with here.db.begin() as tx:
        await tx.execute(text("DELETE FROM chat_sessions WHERE id = :id"), {"id": session_id})

    await here.say(session_id, run, "to nobody")

    with pytest.raises(FenceLost):
        await here.journal.flushed(run)


async def test_a_run_that_lost_its_fence_takes_nothing_from_the_next_one_here(here: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    following = await here.begin(session_id)

    await here.say(session_id, following, "one ")
    await here.say(session_id, run, "zombie")
    await here.say(session_id, following, "two")

    await here.journal.flushed(following)
    with pytest.raises(FenceLost):
        await here.journal.flushed(run)
    assert await said(here.db, session_id) == "one two"


async def test_a_run_that_is_over_leaves_nothing_to_remember(here: Instance, there: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    await there.end(session_id)
    await here.say(session_id, run, "zombie")
    with pytest.raises(FenceLost):
        await here.journal.flushed(run)
    here.journal._pending.add_text(session_id, run, "stream_chunk", b'{"chunk":', "left behind")
    here.journal.forget(run)

    other = await make_session(here.db)
    after = await here.begin(other)
    await here.say(other, after, "so that there is a commit")
    await here.journal.flushed(after)
    here.journal.forget(after)

    assert not here.journal._lost
    assert not here.journal._writers


@pytest.mark.parametrize("seed", range(8))
async def test_whenever_a_run_is_ended_it_adds_nothing_after_that(
    here: Instance, there: Instance, session_id: UUID, seed: int
) -> None:
    random = Random(seed)
    run = await here.begin(session_id)

    async def go_on() -> None:
        while True:
            await here.say(session_id, run, "word ")
            await asyncio.sleep(0)

    speaking = asyncio.create_task(go_on())
    await asyncio.sleep(random.random() * 0.02)
    await there.end(session_id)
    at_the_end = await said(there.db, session_id)

    with pytest.raises(FenceLost):
        await speaking
    assert await said(there.db, session_id) == at_the_end


async def test_a_commit_that_is_sent_twice_is_made_once(here: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    batch = batch_of(session_id, run, "once")
    connection = await here.db.connect()

    first = await batch_store.append_batch(connection, batch)
    second = await batch_store.append_batch(connection, batch)
    recalled = await batch_store.recall_batch(connection, batch)

    await connection.close()
    assert (first, second, recalled) == ({run: 0}, {}, {run: 0})
    assert await said(here.db, session_id) == "once"


async def test_a_commit_that_arrives_after_a_later_one_is_not_made_again(here: Instance, session_id: UUID) -> None:
    """The first sending hung in a broken network while it was sent again over another connection."""
    run = await here.begin(session_id)
    first, second = batch_of(session_id, run, "one "), batch_of(session_id, run, "two")
    connection = await here.db.connect()
    await batch_store.append_batch(connection, first)
    await batch_store.append_batch(connection, second)

    late = await batch_store.append_batch(connection, first)

    await connection.close()
    assert late == {}
    assert await said(here.db, session_id) == "one two"


async def test_a_commit_that_still_waits_when_it_is_sent_again_is_made_once(here: Instance, session_id: UUID) -> None:
    run = await here.begin(session_id)
    batch = batch_of(session_id, run, "once")
    senders = [await here.db.connect() for _ in range(3)]
    async with here.db.begin() as tx:
        await store.lock_log(tx, session_id, make=False)
        sendings = [asyncio.create_task(batch_store.append_batch(sender, batch)) for sender in senders]
        await all_wait(here.db, len(senders))

    made = await asyncio.gather(*sendings)

    for sender in senders:
        await sender.close()
    assert sorted(made, key=len) == [{}, {}, {run: 0}]
    assert await said(here.db, session_id) == "once"


async def all_wait(db: Database, count: int) -> None:
    waiters = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with db.begin() as tx:
                if await tx.scalar(waiters) == count:
                    return


async def test_what_is_recalled_belongs_to_the_run_that_said_it(here: Instance, session_id: UUID) -> None:
    zombie = await here.begin(session_id)
    run = await here.begin(session_id)
    pending = Pending()
    pending.add_text(session_id, zombie, "stream_chunk", b'{"chunk":', "zombie")
    pending.add_text(session_id, run, "stream_chunk", b'{"chunk":', "mine")
    batch = encode(pending.take())
    connection = await here.db.connect()

    made = await batch_store.append_batch(connection, batch)

    assert made == await batch_store.recall_batch(connection, batch) == {run: 0}
    await connection.close()


class ForgetfulConnection:
    """Does what it is told, and then, once in a while, breaks before it says so."""

    def __init__(self, connection: Any, random: Random) -> None:
        self._connection = connection
        self._random = random

    async def fetch(self, query: str, *args: Any) -> Any:
        if self._random.random() < 0.1:
            raise asyncpg.ConnectionDoesNotExistError("it broke before")
        rows = await self._connection.fetch(query, *args)
        if self._random.random() < 0.2:
            raise asyncpg.ConnectionDoesNotExistError("it broke after")
        return rows

    def terminate(self) -> None:
        self._connection.terminate()


class ForgetfulDatabase(Database):
    """Bare connections to it break at random."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(url, pool_size=3)
        self._random = Random(seed)

    async def connect(self) -> Any:
        if self._random.random() < 0.1:
            raise ConnectionRefusedError
        return ForgetfulConnection(await super().connect(), self._random)


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_said_while_connections_break_is_stored_and_shown_once(
    open_instance: Open, shared_database: str, session_id: UUID, seed: int
) -> None:
    here = await open_instance(ForgetfulDatabase(shared_database, seed))
    viewer = Viewer(here, session_id, 0)
    run = await here.begin(session_id)

    for number in range(12):
        await here.say(session_id, run, f"{number} ")
        await asyncio.sleep(0.01)
    await here.journal.flushed(run)

    whole = "".join(f"{number} " for number in range(12))
    assert await said(here.db, session_id) == whole
    await viewer.reached((await read_log(here.db, session_id))[-1].seq)
    await viewer.leave()
    assert "".join(msgspec.json.decode(frame.data)["chunk"] for frame in viewer.frames) == whole


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_said_while_the_server_cuts_connections_is_stored_once(
    here: Instance, shared_db: Database, session_id: UUID, seed: int
) -> None:
    random = Random(seed)
    run = await here.begin(session_id)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE '%commit_base = l.last_seq%' AND pid <> pg_backend_pid()"
    )

    for number in range(200):
        await here.say(session_id, run, f"{number} ")
        if number % 40 == 20:
            async with shared_db.begin() as tx:
                await tx.execute(cut)
        await asyncio.sleep(random.random() * 0.002)
    await here.journal.flushed(run)

    assert await said(shared_db, session_id) == "".join(f"{number} " for number in range(200))


class RefusingConnection:
    """One to a server that has no room left, until there is room again."""

    def __init__(self, connection: Any, refusals: list[Exception]) -> None:
        self._connection = connection
        self._refusals = refusals

    async def fetch(self, query: str, *args: Any) -> Any:
        if self._refusals:
            raise self._refusals.pop()
        return await self._connection.fetch(query, *args)

    def terminate(self) -> None:
        self._connection.terminate()


class RefusingDatabase(Database):
    def __init__(self, url: str, refusals: list[Exception]) -> None:
        super().__init__(url, pool_size=3)
        self._refusals = refusals

    async def connect(self) -> Any:
        return RefusingConnection(await super().connect(), self._refusals)


@pytest.mark.parametrize(
    "refusal",
    [asyncpg.DiskFullError, asyncpg.TooManyConnectionsError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError],
)
async def test_answers_go_on_once_whatever_ailed_postgres_has_passed(
    open_instance: Open, shared_database: str, session_id: UUID, refusal: type[Exception]
) -> None:
    here = await open_instance(RefusingDatabase(shared_database, [refusal("for now")]))
    run = await here.begin(session_id)

    await here.say(session_id, run, "patience")

    await here.journal.flushed(run)
    assert await said(here.db, session_id) == "patience"
