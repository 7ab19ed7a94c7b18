"""Short transactions: committed or not at all, and what is told when PostgreSQL is away."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import BigInteger, Integer, Text, bindparam, cast, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine
from tests.support.process import free_port

from chatbox.kernel.db import Database, driver, repeated_after_deadlock
from chatbox.kernel.errors import Deadlocked, InvalidRequest, StoreUnavailable


@pytest.fixture
async def one(fresh_database: str) -> AsyncIterator[Database]:
    """A database with a pool of one."""
    db = Database(fresh_database, pool_size=1)
    async with db.begin() as tx:
        await tx.execute(text("CREATE TABLE things (name text PRIMARY KEY)"))
    yield db
    await db.close()


async def names(db: Database) -> list[str]:
    async with db.begin() as tx:
        return list((await tx.scalars(text("SELECT name FROM things ORDER BY name"))).all())


async def test_a_block_that_ends_is_committed(one: Database) -> None:
    async with one.begin() as tx:
        await tx.execute(text("INSERT INTO things VALUES ('a')"))

    assert await names(one) == ["a"]


async def test_objects_that_were_made_and_changed_are_stored_with_the_block(one: Database) -> None:
    class Base(DeclarativeBase):
        pass

    class Thing(Base):
        __tablename__ = "things"
        name: Mapped[str] = mapped_column(primary_key=True)

    async with one.begin() as tx:
        tx.add(Thing(name="a"))
    async with one.begin() as tx:
        for thing in (await tx.scalars(select(Thing))).all():
            thing.name = "b"

    assert await names(one) == ["b"]


async def test_a_block_that_raises_leaves_nothing(one: Database) -> None:
    async def work() -> None:
        async with one.begin() as tx:
            await tx.execute(text("INSERT INTO things VALUES ('a')"))
            raise KeyError

    with pytest.raises(KeyError):
        await work()

    assert await names(one) == []


async def test_a_block_that_is_cancelled_leaves_nothing_and_gives_its_connection_back(one: Database) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with one.begin() as tx:
            await tx.execute(text("INSERT INTO things VALUES ('a')"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(inside.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(one) == []


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
async def test_a_connection_whose_rollback_was_cut_short_is_given_to_nobody(one: Database, steps: int) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with one.begin() as tx:
            await tx.execute(text("INSERT INTO things VALUES ('a')"))
            inside.set()
            await driver(tx).execute("SELECT pg_sleep(30)")

    task = asyncio.create_task(work())
    await asyncio.wait_for(inside.wait(), 5)
    await asyncio.sleep(0)
    task.cancel()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(one) == []


async def test_a_block_that_is_cancelled_without_its_connection_is_cancelled_all_the_same(one: Database) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with one.begin() as tx:
            await _terminate(one, await tx.scalar(text("SELECT pg_backend_pid()")))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(inside.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(one) == []


async def test_what_is_said_to_be_stored_is_stored_whenever_the_one_before_was_cancelled(
    one: Database, fresh_database: str
) -> None:
    async def put(name: str) -> None:
        async with one.begin() as tx:
            await tx.execute(text("INSERT INTO things VALUES (:name) ON CONFLICT DO NOTHING"), {"name": name})

    other = Database(fresh_database, pool_size=1)
    for turns in range(40):
        cancelled = asyncio.create_task(put("cancelled"))
        for _ in range(turns):
            await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)

        await put(f"after {turns} turns")

        assert f"after {turns} turns" in await names(other)
    await other.close()


async def test_connections_that_were_closed_while_nobody_used_them_are_replaced(fresh_database: str) -> None:
    db = Database(fresh_database, pool_size=3)
    everyone_in = asyncio.Barrier(3)

    async def work() -> "asyncpg.Connection[asyncpg.Record]":
        async with db.begin() as tx:
            await everyone_in.wait()
            return driver(tx)

    for connection in await asyncio.gather(work(), work(), work()):
        await _terminate(db, connection.get_server_pid())
        async with asyncio.timeout(10):
            while not connection.is_closed():
                await asyncio.sleep(0)
    await asyncio.gather(*(_ask_for_nothing(db) for _ in range(3)))
    await db.close()


async def test_without_a_server_there_is_no_store() -> None:
    db = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none", pool_size=1)
    with pytest.raises(StoreUnavailable):
        async with db.begin() as tx:
            await tx.execute(text("SELECT 1"))
    with pytest.raises(OSError, match="Connect call failed"):
        await db.connect()
    await db.close()


async def test_a_connection_that_was_cut_is_told_and_the_next_one_is_new(one: Database) -> None:
    async def work() -> None:
        async with one.begin() as tx:
            await _terminate(one, await tx.scalar(text("SELECT pg_backend_pid()")))
            await tx.execute(text("INSERT INTO things VALUES ('a')"))

    with pytest.raises(StoreUnavailable):
        await work()

    assert await names(one) == []


async def test_a_deadlock_passes(one: Database, fresh_database: str) -> None:
    other = Database(fresh_database, pool_size=1)
    first, second = asyncio.Event(), asyncio.Event()

    async def cross(db: Database, mine: int, theirs: int, *, ready: asyncio.Event, go: asyncio.Event) -> None:
        async with db.begin() as tx:
            await tx.execute(text("SET deadlock_timeout = '10ms'"))
            await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": mine})
            ready.set()
            await go.wait()
            await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": theirs})

    outcomes = await asyncio.gather(
        cross(one, 1, 2, ready=first, go=second), cross(other, 2, 1, ready=second, go=first), return_exceptions=True
    )
    await other.close()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deadlocked", "NoneType"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Text(), "a\x00b"),
        (Text(), "a\ud800b"),
        (BigInteger(), 2**63),
        (JSONB(), {"a": "b\x00"}),
        (JSONB(), {"a\x00": 1}),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_held_is_an_invalid_request(
    one: Database, kind: TypeEngine[object], value: object
) -> None:
    with pytest.raises(InvalidRequest):
        async with one.begin() as tx:
            await tx.execute(select(bindparam("value", value, type_=kind)))


async def test_a_number_that_overflows_in_the_database_is_an_invalid_request(one: Database) -> None:
    with pytest.raises(InvalidRequest):
        async with one.begin() as tx:
            await tx.scalar(select(cast(bindparam("value", 2**40, type_=BigInteger()), Integer)))


async def test_our_own_mistakes_stay_what_they_are(one: Database) -> None:
    with pytest.raises(ProgrammingError):
        async with one.begin() as tx:
            await tx.execute(text("SELECT nothing FROM nowhere"))
    with pytest.raises(IntegrityError):
        async with one.begin() as tx:
            await tx.execute(text("INSERT INTO things VALUES ('a'), ('a')"))


async def test_what_people_wrote_is_not_in_a_failure_s_text(one: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with one.begin() as tx:
            await tx.execute(text("SELECT CAST(:said AS text) FROM nowhere"), {"said": "a secret"})

    assert "a secret" not in str(caught.value)


async def test_a_bare_connection_stands_outside_the_pool(one: Database) -> None:
    async with one.begin():
        connection = await one.connect()
        try:
            assert await connection.fetchval("SELECT 1") == 1
        finally:
            await connection.close()


async def _ask_for_nothing(db: Database) -> None:
    async with db.begin() as tx:
        await tx.execute(text("SELECT 1"))


async def _terminate(db: Database, pid: int | None) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await db.connect()
    try:
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
    finally:
        await connection.close()


async def test_what_deadlocks_again_and_again_is_given_up() -> None:
    tried: list[str] = []

    @repeated_after_deadlock
    async def verb(name: str) -> None:
        tried.append(name)
        raise Deadlocked

    with pytest.raises(StoreUnavailable):
        await verb("a")

    assert tried == ["a"] * 5


async def test_what_fails_for_another_reason_is_not_repeated(one: Database) -> None:
    tried: list[int] = []

    @repeated_after_deadlock
    async def verb() -> None:
        tried.append(1)
        async with one.begin() as tx:
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreUnavailable):
        await verb()

    assert tried == [1]
