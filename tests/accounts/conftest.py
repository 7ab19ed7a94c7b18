"""One database for each worker of a run, emptied before each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from tests.accounts.world import Browser, CountingPasswords, HandClock, Losses, World
from tests.support.database import create_database, drop_database, shared_server

from chatbox.accounts import tables
from chatbox.accounts.limits import Limits
from chatbox.kernel.db import Database, Table
from chatbox.kernel.postgres import ServerAddress

_TABLES = [
    Table.metadata.tables[kind.__tablename__]
    for kind in (
        tables.User,
        tables.SignIn,
        tables.ApiKey,
        tables.AttemptCount,
        tables.ServerSetting,
        tables.AuditEntry,
    )
]


@pytest.fixture(scope="session")
def accounts_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with shared_server(tmp_path_factory) as address:
        name = asyncio.run(_prepared(address))
        yield address.url(name)
        asyncio.run(drop_database(address, name))


async def _prepared(address: ServerAddress) -> str:
    name = await create_database(address)
    db = Database(address.url(name), pool_size=1)
    async with db.begin() as tx:
        connection = await tx.connection()
        await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=_TABLES))
    await db.close()
    return name


@pytest.fixture
async def db(accounts_url: str) -> AsyncIterator[Database]:
    database = Database(accounts_url, pool_size=10)
    async with database.begin() as tx:
        await tx.execute(text(f"TRUNCATE {', '.join(table.name for table in _TABLES)} CASCADE"))
    yield database
    await database.close()


@pytest.fixture
def passwords() -> Iterator[CountingPasswords]:
    passwords = CountingPasswords()
    yield passwords
    passwords.close()


@pytest.fixture
def world(db: Database, passwords: CountingPasswords) -> World:
    return World(db, HandClock(), passwords, Losses(), Limits())


@pytest.fixture
async def ann(world: World) -> Browser:
    """The first account, an admin, signed in by cookie."""
    browser = world.client()
    assert (await browser.register()).status_code == 201
    return browser


@pytest.fixture
async def bob(world: World, ann: Browser) -> Browser:
    """The second account, an ordinary one, signed in by cookie."""
    browser = world.client("192.0.2.2")
    assert (await browser.register("bob@example.org")).status_code == 201
    return browser
