"""One database for each worker of a run, emptied before each test; a scripted upstream; a server on a socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI
from sqlalchemy import text
from tests.openai_api.world import World
from tests.support.database import create_database, drop_database, shared_server
from tests.support.upstreams import frames_openai
from tests.support.upstreams.server import Upstream, running_upstream

from chatbox.accounts import tables as accounts
from chatbox.accounts.tables import User
from chatbox.kernel.db import Database, Table
from chatbox.kernel.outbound import AddressJudge
from chatbox.kernel.postgres import ServerAddress
from chatbox.kernel.supervisor import Supervisor
from chatbox.providers.http import HttpLimits, ProviderHttp
from chatbox.providers.tables import Provider

_TABLES = [
    Table.metadata.tables[kind.__tablename__]
    for kind in (
        accounts.User,
        accounts.SignIn,
        accounts.ApiKey,
        accounts.AttemptCount,
        accounts.ServerSetting,
        accounts.AuditEntry,
        Provider,
    )
]


@pytest.fixture(scope="session")
def openai_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
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
def pool_size() -> int:
    """One connection is enough for any number of streams, since none is held while a model speaks."""
    return 1


@pytest.fixture
async def db(openai_api_url: str, pool_size: int) -> AsyncIterator[Database]:
    database = Database(openai_api_url, pool_size=pool_size)
    async with database.begin() as tx:
        await tx.execute(text(f"TRUNCATE {', '.join(table.name for table in _TABLES)} CASCADE"))
    yield database
    await database.close()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream(frames_openai.WIRE) as running:
        yield running


async def _no_wait(seconds: float) -> None:
    return


@pytest.fixture
async def http() -> AsyncIterator[ProviderHttp]:
    limits = HttpLimits(connect_s=2.0, idle_s=30.0, trailing_s=0.2)
    way_out = ProviderHttp(AddressJudge(), limits=limits, sleep=_no_wait, dice=lambda: 0.5)
    await way_out.start()
    yield way_out
    await way_out.close()


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test wants otherwise of the server: `most_at_once`, `heartbeat_seconds`, `slowest_client_seconds`."""
    return {}


@pytest.fixture
async def world(db: Database, http: ProviderHttp, upstream: Upstream, settings: dict[str, Any]) -> AsyncIterator[World]:
    supervisor = Supervisor()
    world = World(db, http, upstream.url, supervisor, **settings)
    async with world.running():
        yield world
    await supervisor.close()


@pytest.fixture
async def ann(world: World) -> User:
    """Owns the scripted provider."""
    user = await world.person("ann@example.org", is_admin=True)
    await world.provider(user)
    return user


@pytest.fixture
async def client(world: World, ann: User) -> AsyncIterator[AsyncOpenAI]:
    """Ann's program, with a key of hers."""
    async with world.client(await world.key(ann)) as program:
        yield program


@pytest.fixture
async def raw(world: World, ann: User) -> AsyncIterator[httpx2.AsyncClient]:
    """Ann's program without the official client in between."""
    headers = {"authorization": f"Bearer {await world.key(ann)}"}
    async with httpx2.AsyncClient(base_url=world.url, headers=headers) as program:
        yield program
