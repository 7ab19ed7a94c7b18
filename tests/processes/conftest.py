"""Instances that share one database, with a Redis between them and without."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.processes.instances import Instances, instances
from tests.support.database import create_database, drop_database
from tests.support.local_model import small_model
from tests.support.redis_server import RedisServer, redis_server
from tests.support.upstreams import frames_openai
from tests.support.upstreams.server import Upstream, running_upstream

from chatbox.kernel.postgres import ServerAddress

__all__ = ["small_model"]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["redis", "postgres"])
async def pair(
    request: pytest.FixtureRequest, postgres_server: ServerAddress, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Instances]:
    """Two instances, started at the same moment on an empty database."""
    redis: RedisServer | None = request.getfixturevalue("redis") if request.param == "redis" else None
    name = await create_database(postgres_server)
    async with instances(tmp_path_factory.mktemp("pair"), postgres_server.url(name), redis) as running:
        yield running
    await drop_database(postgres_server, name)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A provider that speaks OpenAI's protocol, and knows when its client has left."""
    async with running_upstream(frames_openai.WIRE) as running:
        yield running
