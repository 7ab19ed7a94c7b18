"""One contract for every bus between instances, against the real servers, which come and go."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.support.postgres_processes import server_pid
from tests.support.process import until
from tests.support.redis_server import redis_server

from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.bus.outbox import MOST_BYTES, MOST_MESSAGES, Outbox
from chatbox.kernel.bus.port import Bus
from chatbox.kernel.bus.postgres import PostgresBus
from chatbox.kernel.bus.redis import RedisBus
from chatbox.kernel.db import Database
from chatbox.kernel.postgres import EmbeddedPostgres
from chatbox.kernel.supervisor import Supervisor

_AT_ONCE_SECONDS = 0.1
_AWAY_SECONDS = 20.0


@dataclass(frozen=True)
class Medium:
    """What carries the messages: how a bus on it is made, and how it goes and comes back."""

    make: Callable[[Supervisor], Bus]
    kill: Callable[[], None]
    restart: Callable[[], object]


@pytest.fixture(scope="module", params=["redis", "postgres"])
def medium(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Medium]:
    with ExitStack() as stack:
        make = {"redis": _redis, "postgres": _postgres}[request.param]
        yield make(tmp_path_factory.mktemp("bus"), stack)


def _redis(folder: Path, stack: ExitStack) -> Medium:
    server = stack.enter_context(redis_server(folder))
    return Medium(partial(RedisBus, server.url), server.kill, server.start)


def _postgres(folder: Path, stack: ExitStack) -> Medium:
    server = EmbeddedPostgres(folder, durability="throwaway")
    stack.callback(server.stop)
    # The server takes another port when it starts anew, as the embedded one of the product may.
    port_now = {"url": server.start().url("postgres")}

    def make(supervisor: Supervisor) -> Bus:
        return PostgresBus(lambda: Database(port_now["url"], pool_size=1).connect(), supervisor)

    def restart() -> None:
        port_now["url"] = server.start().url("postgres")

    return Medium(make, lambda: os.kill(server_pid(folder), signal.SIGKILL), restart)


@dataclass
class Ear:
    """A handler that remembers what it heard."""

    heard: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    def __call__(self, payload: bytes) -> None:
        self.heard.put_nowait(payload)

    async def next(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.heard.get()

    def everything(self) -> list[bytes]:
        return [self.heard.get_nowait() for _ in range(self.heard.qsize())]


@asynccontextmanager
async def connected(make: Callable[[Supervisor], Bus]) -> AsyncIterator[Bus]:
    supervisor = Supervisor()
    bus = make(supervisor)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()
        await supervisor.close()


@pytest.fixture
async def here(medium: Medium) -> AsyncIterator[Bus]:
    async with connected(medium.make) as bus:
        yield bus


@pytest.fixture
async def there(medium: Medium) -> AsyncIterator[Bus]:
    async with connected(medium.make) as bus:
        yield bus


async def test_a_message_reaches_another_instance(here: Bus, there: Bus) -> None:
    ear = Ear()
    await there.watch("news", ear)

    here.post("news", b"hello")

    assert await ear.next() == b"hello"


async def test_a_message_does_not_come_back_to_its_sender(here: Bus, there: Bus) -> None:
    own, other = Ear(), Ear()
    await here.watch("news", own)
    await there.watch("news", other)

    here.post("news", b"mine")
    there.post("news", b"theirs")

    assert await own.next() == b"theirs"
    assert await other.next() == b"mine"
    assert not own.everything()


async def test_messages_stay_whole_and_in_their_order(here: Bus, there: Bus) -> None:
    ear = Ear()
    await there.watch("news", ear)
    said = [f"{number} 你好 \x1f '\\ \" {'long ' * number}".encode() for number in range(300)]

    for message in said:
        here.post("news", message)

    assert [await ear.next() for _ in said] == said


async def test_only_the_watched_topic_is_heard(here: Bus, there: Bus) -> None:
    ear, other = Ear(), Ear()
    await there.watch("news", ear)
    await there.watch("other", other)

    here.post("nobody's", b"1")
    here.post("other", b"2")
    here.post("news", b"3")

    assert await ear.next() == b"3"
    assert await other.next() == b"2"


async def test_a_topic_that_is_no_longer_watched_is_silent(here: Bus, there: Bus) -> None:
    left, kept = Ear(), Ear()
    await there.watch("left", left)
    await there.watch("kept", kept)
    there.unwatch("left")

    here.post("left", b"too late")
    here.post("kept", b"in time")

    assert await kept.next() == b"in time"
    assert not left.everything()


async def test_a_topic_that_was_left_can_be_watched_again(here: Bus, there: Bus) -> None:
    before, after = Ear(), Ear()
    await there.watch("news", before)
    there.unwatch("news")
    await there.watch("news", after)

    here.post("news", b"again")

    assert await after.next() == b"again"
    assert not before.everything()


async def test_the_largest_message_is_carried(here: Bus, there: Bus) -> None:
    ear = Ear()
    await there.watch("news", ear)
    message = b"x" * here.largest_payload

    here.post("news", message)

    assert await ear.next() == message


async def test_what_is_too_large_is_dropped_and_harms_nothing_else(here: Bus, there: Bus) -> None:
    ear = Ear()
    await there.watch("news", ear)

    here.post("news", b"before")
    here.post("news", b"x" * (here.largest_payload + 1))
    here.post("news", b"after")

    assert await ear.next() == b"before"
    assert await ear.next() == b"after"


async def test_a_bus_says_that_it_works(here: Bus) -> None:
    await until(lambda: here.is_healthy, "the bus is up")


async def test_a_bus_comes_back_with_its_server(medium: Medium, here: Bus, there: Bus) -> None:
    old, new = Ear(), Ear()
    await there.watch("old", old)
    medium.kill()
    try:
        here.post("old", b"lost")
        await until(lambda: not here.is_healthy and not there.is_healthy, "the loss is noticed", seconds=_AWAY_SECONDS)
        await there.watch("new", new)
    finally:
        medium.restart()
    await until(lambda: here.is_healthy and there.is_healthy, "the bus is back", seconds=_AWAY_SECONDS)

    here.post("old", b"back")
    here.post("new", b"here too")

    assert await new.next() == b"here too"
    assert old.everything()[-1] == b"back"


async def test_without_its_server_a_bus_neither_raises_nor_waits(medium: Medium) -> None:
    medium.kill()
    try:
        began = time.monotonic()
        async with connected(medium.make) as bus:
            await bus.watch("news", Ear())
            posting = time.monotonic()
            for _ in range(1000):
                bus.post("news", b"lost")
            assert time.monotonic() - posting < _AT_ONCE_SECONDS
            bus.unwatch("news")
            bus.unwatch("never watched")
            assert not bus.is_healthy
        assert time.monotonic() - began < 5
    finally:
        medium.restart()


async def test_the_bus_of_a_single_instance_reaches_nobody() -> None:
    ear, bus = Ear(), MemoryBus()
    await bus.start()
    await bus.watch("news", ear)

    bus.post("news", b"hello")
    bus.unwatch("news")
    await bus.close()

    assert not bus.reaches_others
    assert bus.is_healthy
    assert not ear.everything()


async def test_a_full_outbox_drops_its_oldest_messages() -> None:
    outbox = Outbox()

    for number in range(MOST_MESSAGES + 5):
        outbox.put("news", str(number).encode())

    assert [message.payload for message in await outbox.take(2)] == [b"5", b"6"]


async def test_an_outbox_is_bounded_in_bytes_too() -> None:
    outbox = Outbox()

    for letter in (b"a", b"b", b"c"):
        outbox.put("news", letter * (MOST_BYTES // 2))

    assert [message.payload[:1] for message in await outbox.take(10)] == [b"b", b"c"]
