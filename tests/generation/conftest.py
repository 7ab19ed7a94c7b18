"""Instances that share a database and a bus, and a model in the hands of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from tests.support.app import Person, ServerThread
from tests.support.attached_files import put_file
from tests.support.chats import OfferModels, PutFile, offer_models
from tests.support.database import create_database, drop_database
from tests.support.journals import Ether, Instance, Stage, alone, make_session
from tests.support.upstreams.server import Upstream
from tests.support.workers import LossyDatabase, Puppet, Session, Worker, new_session, working

from chatbox.kernel.db import Database
from chatbox.kernel.postgres import ServerAddress
from chatbox.kernel.storage.local import LocalStorage

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


@pytest.fixture
async def server_db(server: ServerThread) -> AsyncIterator[Database]:
    """The database of the shared server, for what would take too long to make by asking."""
    database = Database(server.database_url, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
def put(server: ServerThread, server_db: Database) -> PutFile:
    """Puts a file among those of a person."""
    storage = LocalStorage(server.data_dir / "files")
    return lambda person, made: put_file(server_db, storage, person.id, made)


@pytest.fixture
async def offer(admin: Person, upstream: Upstream, server_db: Database) -> AsyncIterator[OfferModels]:
    """Makes providers of the admin's own, and removes them."""
    made: list[str] = []

    async def make(kind: str = "openai", **abilities: Any) -> str:
        made.append(await offer_models(admin, upstream, server_db, kind, abilities))
        return made[-1]

    yield make
    for provider_id in made:
        await admin.http.delete(f"/providers/{provider_id}")
