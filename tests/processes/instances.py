"""Several servers on one database, and people who use them all with one sign-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.app import Person, Place
from tests.support.process import ServerProcess, server_process
from tests.support.redis_server import RedisServer


@dataclass
class Instances:
    """`one` and `two` are running; `another` makes a third, for a test that needs one to kill.

    `admin` is the first account; take it with `also_at`, for its own client lives in the fixture's event loop.
    """

    one: ServerProcess
    two: ServerProcess
    env: dict[str, str]
    folder: Path
    redis: RedisServer | None
    admin: Person

    @asynccontextmanager
    async def another(self, **env: str) -> AsyncIterator[ServerProcess]:
        number = sum(1 for _ in self.folder.iterdir())
        async with server_process(self.folder / f"extra{number}", self.env | env) as server:
            yield server


@asynccontextmanager
async def instances(folder: Path, database_url: str, redis: RedisServer | None) -> AsyncIterator[Instances]:
    """Two servers, started together, with a first account."""
    env = {"CHATBOX_DATABASE_URL": database_url, **({"CHATBOX_REDIS_URL": redis.url} if redis else {})}
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(server_process(folder / name, env, waits=False)) for name in ("one", "two")
        ]
        await asyncio.gather(one.until_ready(), two.until_ready())
        async with Place(one.url).person() as admin:
            yield Instances(one, two, env, folder, redis, admin)


@asynccontextmanager
async def also_at(server: ServerProcess, person: Person) -> AsyncIterator[Person]:
    """The same person with the same sign-in at another instance."""
    place = Place(server.url)
    signed_in = {
        "user": {"id": person.id, "email": person.email},
        "access_token": person.token,
        "refresh_token": person.refresh_token,
    }
    async with place.browser() as http:
        yield Person(place, http, signed_in)


async def add_provider(person: Person, base_url: str, *, key: str = "sk-test-0123456789", shared: bool = False) -> str:
    """A provider that speaks OpenAI's protocol; returns the beginning of its models' ids."""
    body = {"name": "upstream", "kind": "openai", "base_url": f"{base_url}/v1", "api_key": key, "shared": shared}
    response = await person.http.post("/providers", json=body)
    assert response.status_code == 201, response.text
    return f"{response.json()['id']}/"
