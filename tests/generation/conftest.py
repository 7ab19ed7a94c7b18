"""Instances that share a database and a bus, and a model in the hands of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from tests.support.database import create_database, drop_database
from tests.support.journals import Ether, Instance, Stage, alone, make_session
from tests.support.workers import LossyDatabase, Puppet, Session, Worker, new_session, working

from chatbox.kernel.db import Database
from chatbox.kernel.postgres import ServerAddress

MakeWorker = Callable[[], Awaitable[Worker]]


@pytest.fixture
def puppet() -> Puppet:
    return Puppet()


@pytest.fixture
def ether() -> Ether:
    return Ether()


@pytest.fixture(scope="session")
def shared_database(postgres_server: ServerAddress, migrated_template: str) -> Iterator[str]:
    """The address of a database for tests that keep to sessions of their own."""
    name = asyncio.run(create_database(postgres_server, migrated_template))
    yield postgres_server.url(name)
    asyncio.run(drop_database(postgres_server, name))


@pytest.fixture
async def shared_db(shared_database: str) -> AsyncIterator[Database]:
    database = Database(shared_database, pool_size=3)
    yield database
    await database.close()


@pytest.fixture
async def db(fresh_database: str) -> AsyncIterator[Database]:
    database = Database(fresh_database, pool_size=3)
    yield database
    await database.close()


@pytest.fixture
async def make_worker(fresh_database: str, ether: Ether, puppet: Puppet) -> AsyncIterator[MakeWorker]:
    async with AsyncExitStack() as stack:

        async def make() -> Worker:
            lossy = LossyDatabase(fresh_database, pool_size=5)
            return await stack.enter_async_context(working(lossy, ether.bus, puppet))

        yield make


@pytest.fixture
async def here(make_worker: MakeWorker) -> Worker:
    return await make_worker()


@pytest.fixture
async def there(make_worker: MakeWorker) -> Worker:
    return await make_worker()


@pytest.fixture
async def session(db: Database) -> Session:
    return await new_session(db)


@pytest.fixture
async def stage(shared_database: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(shared_database, stack)


@pytest.fixture
async def instance(stage: Stage) -> Instance:
    """One that has nobody else to tell."""
    return await stage.open(alone)


@pytest.fixture
async def session_id(shared_db: Database) -> UUID:
    return await make_session(shared_db)
