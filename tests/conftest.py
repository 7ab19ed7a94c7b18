"""The whole server for any test: one PostgreSQL a run, one migrated template a worker, a fresh copy for whoever asks.

`server` is shared by the tests of a worker, which each bring people of their own; `running_app` is the test's own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.support.app import Person, RunningApp, ServerThread, app_settings, running
from tests.support.database import create_database, drop_database, shared_server
from tests.support.s3_server import OwnBucket, S3Address, new_bucket, shared_s3
from tests.support.upstreams.adapters import WIRES
from tests.support.upstreams.server import Upstream, running_upstream

from chatbox.kernel.postgres import ServerAddress
from chatbox.migrations.migrate import migrate

# Registered here, before any other conftest imports it, so that its assertions are rewritten too.
pytest_plugins = ("tests.support.local_model",)

# Half of Hypothesis's hundred examples, which is what the slower half of the properties can afford; a test whose
# examples are quick, or slower still, says so itself. The rest is as it is here or, where `CI` is set, as it is there.
settings.register_profile("suite", settings.get_profile(settings.get_current_profile_name()), max_examples=50)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    """The one PostgreSQL of this run."""
    with shared_server(tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_template(postgres_server: ServerAddress) -> Iterator[str]:
    """The name of a migrated, empty database that nobody is connected to."""
    name = asyncio.run(create_database(postgres_server))
    asyncio.run(migrate(postgres_server.url(name)))
    yield name
    asyncio.run(drop_database(postgres_server, name))


@pytest.fixture
async def fresh_database(postgres_server: ServerAddress, migrated_template: str) -> AsyncIterator[str]:
    """The address of a migrated database of this test's own."""
    name = await create_database(postgres_server, migrated_template)
    yield postgres_server.url(name)
    await drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def server(
    postgres_server: ServerAddress, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerThread]:
    """The real server in a thread of its own, shared by all tests of a worker; its first account, an admin, exists."""
    name = asyncio.run(create_database(postgres_server, migrated_template))
    settings = app_settings(tmp_path_factory.mktemp("server"), postgres_server.url(name))
    with ServerThread(settings) as thread:
        yield thread
    asyncio.run(drop_database(postgres_server, name))


@pytest.fixture
async def ann(server: ServerThread) -> AsyncIterator[Person]:
    """An ordinary person, signed in, whom all tests share: what a test makes is its own, the account is not."""
    async with server.resident("ann") as person:
        yield person


@pytest.fixture
async def bob(server: ServerThread) -> AsyncIterator[Person]:
    """Another one."""
    async with server.resident("bob") as person:
        yield person


@pytest.fixture
async def newcomer(server: ServerThread) -> AsyncIterator[Person]:
    """A person of this test's own, with nothing yet, who may be changed, suspended and signed out."""
    async with server.person() as person:
        yield person


@pytest.fixture
async def admin(server: ServerThread) -> AsyncIterator[Person]:
    """The first account, which all tests share."""
    async with server.resident("admin") as person:
        yield person


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A scripted provider that speaks every protocol."""
    async with running_upstream(*WIRES) as running_one:
        yield running_one


@pytest.fixture
async def provider(admin: Person, upstream: Upstream) -> AsyncIterator[str]:
    """The id of a provider of the admin's own that leads to `upstream` over OpenAI's protocol."""
    body = {"name": "Upstream", "kind": "openai", "base_url": f"{upstream.url}/v1", "api_key": "sk-0123456789abcdef"}
    made = (await admin.http.post("/providers", json=body)).json()
    yield made["id"]
    await admin.http.delete(f"/providers/{made['id']}")


@pytest.fixture
async def running_app(fresh_database: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    """The real server in this test's own event loop, with a database of its own and nobody in it."""
    async with running(app_settings(tmp_path, fresh_database)) as app:
        yield app


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Address]:
    """The one S3 server of this run; it starts, in three seconds, with the first test that asks for it."""
    with shared_s3(tmp_path_factory) as address:
        yield address


@pytest.fixture
async def s3_bucket(s3_server: S3Address) -> OwnBucket:
    """An empty bucket of this test's own."""
    return await new_bucket(s3_server)


@pytest.fixture(scope="session")
def s3_files_server(
    postgres_server: ServerAddress,
    migrated_template: str,
    s3_server: S3Address,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServerThread]:
    """A server whose files lie in a bucket."""
    bucket = asyncio.run(new_bucket(s3_server))
    name = asyncio.run(create_database(postgres_server, migrated_template))
    settings = app_settings(tmp_path_factory.mktemp("s3"), postgres_server.url(name), **bucket.settings)
    with ServerThread(settings) as thread:
        yield thread
    asyncio.run(drop_database(postgres_server, name))
