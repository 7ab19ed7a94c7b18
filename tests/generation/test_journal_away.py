"""PostgreSQL goes away in the middle of answers, and comes back: they and their viewers wait, and nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.support.journals import DEADLINE_SECONDS, Ether, Viewer, opened, read_log
from tests.support.postgres_processes import server_pid
from tests.support.workers import (
    LossyDatabase,
    Puppet,
    Worker,
    answer_id,
    begun,
    heartbeat,
    new_session,
    settled,
    spoken,
    stored,
    working,
)

from chatbox.generation import pending
from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.ids import new_id
from chatbox.kernel.postgres import EmbeddedPostgres
from chatbox.migrations.migrate import migrate

_AWAY_SECONDS = 0.3


class MortalServer:
    """A PostgreSQL of this module's own, which survives being killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(folder)
        self.url = self._server.start().url("postgres")

    async def die(self) -> None:
        os.kill(server_pid(self._folder), signal.SIGKILL)
        database = Database(self.url, pool_size=1)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await _answers(database):
                await asyncio.sleep(0.01)
        await database.close()

    async def come_back(self) -> None:
        address = await asyncio.to_thread(self._server.start)
        assert address.url("postgres") == self.url

    def stop(self) -> None:
        self._server.stop()


async def _answers(database: Database) -> bool:
    try:
        async with database.begin() as tx:
            await tx.connection()
    except StoreUnavailable:
        return False
    return True


@pytest.fixture(scope="module")
def mortal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalServer]:
    server = MortalServer(tmp_path_factory.mktemp("mortal"))
    asyncio.run(migrate(server.url))
    yield server
    server.stop()


@pytest.fixture
async def mortal(mortal_server: MortalServer) -> MortalServer:
    """The server, alive, whatever another test did to it."""
    await mortal_server.come_back()
    return mortal_server


@pytest.fixture
async def workers(mortal: MortalServer, puppet: Puppet) -> AsyncIterator[list[Worker]]:
    """Two of them, on a bus that works all the time."""
    ether = Ether()
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(working(LossyDatabase(mortal.url, pool_size=4), ether.bus, puppet))
            for _ in range(2)
        ]


async def test_answers_and_viewers_wait_for_postgres(
    mortal: MortalServer, workers: list[Worker], puppet: Puppet
) -> None:
    here, there = workers
    session = await new_session(here.db)
    sent, speech = await begun(here, puppet, session, "before ")
    viewers = [here.watch(session), there.watch(session)]
    before = (await read_log(here.db, session.id))[-1].seq
    for viewer in viewers:
        await viewer.reached(before)

    await mortal.die()
    for number in range(50):
        speech.say(f"{number} ")
        await asyncio.sleep(_AWAY_SECONDS / 50)
    speech.finish()
    late = there.watch(session)
    assert [spoken(viewer) for viewer in viewers] == ["before ", "before "], "nothing is shown that could be lost"
    await mortal.come_back()

    answer = await settled(here, session, sent)
    whole = "before " + "".join(f"{number} " for number in range(50))
    assert (answer.status, answer.text) == ("complete", whole)
    last = (await read_log(here.db, session.id))[-1].seq
    for viewer in (*viewers, late):
        await viewer.reached(last)
        await viewer.leave()
        assert viewer.seqs == list(range(1, last + 1))
        assert spoken(viewer) == whole


async def test_nobody_is_taken_for_dead_because_postgres_was_away(
    mortal: MortalServer, workers: list[Worker], puppet: Puppet
) -> None:
    here, there = workers
    session = await new_session(here.db)
    sent, speech = await begun(here, puppet, session, "before ")
    await mortal.die()
    await until(lambda: there.reaper._healthy_since is None)
    await mortal.come_back()
    await here.miss_beats()  # as if the other had been the first to give a sign of life again
    silent_since = await heartbeat(here)

    while await heartbeat(here) == silent_since:
        await asyncio.sleep(0.01)

    speech.say("after")
    speech.finish()
    answer = await settled(here, session, sent)
    assert (answer.status, answer.text) == ("complete", "before after")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_model_waits_when_too_much_is_not_stored(mortal: MortalServer, puppet: Puppet) -> None:
    async with opened(Database(mortal.url, pool_size=2), lambda _supervisor, _db: MemoryBus()) as instance:
        await mortal.die()
        session_id, run = new_id(), new_id()
        piece = "x" * (4 * 1024 * 1024)
        await instance.say(session_id, run, "the first commit waits with this")
        await asyncio.sleep(0)
        for _ in range(pending.MOST_WAITING // len(piece)):
            await instance.say(session_id, run, piece)

        waiting = asyncio.create_task(instance.say(session_id, run, "so this waits"))
        done, _ = await asyncio.wait([waiting], timeout=0.1)

        assert not done
        waiting.cancel()
    await mortal.come_back()


async def test_a_viewer_who_must_leave_leaves_though_postgres_is_away(mortal: MortalServer) -> None:
    async with opened(Database(mortal.url, pool_size=2), lambda _supervisor, _db: MemoryBus()) as instance:
        session = await new_session(instance.db)
        await instance.tell(session.id)
        await mortal.die()
        viewer = Viewer(instance, session.id, 0)
        await asyncio.sleep(0.1)

        instance.followers.end(session.id)

        await viewer.done()
        await mortal.come_back()


async def test_a_queued_answer_begins_after_postgres_came_back(
    mortal: MortalServer, workers: list[Worker], puppet: Puppet
) -> None:
    here, _ = workers
    session = await new_session(here.db)
    sent, speech = await begun(here, puppet, session, "one")
    waiting = await here.ask(session, "And then?")
    await mortal.die()
    speech.finish()
    await asyncio.sleep(_AWAY_SECONDS)
    await mortal.come_back()

    following = await puppet.asked()
    following.say("two")
    following.finish()

    assert (await settled(here, session, sent)).text == "one"
    assert (await settled(here, session, waiting)).text == "two"
    assert (await stored(here.db, answer_id(waiting))).status == "complete"


async def test_an_instance_leaves_though_postgres_is_away(mortal: MortalServer, workers: list[Worker]) -> None:
    here, _ = workers
    await mortal.die()

    async with asyncio.timeout(DEADLINE_SECONDS):
        await here.reaper.leave()

    await mortal.come_back()
    assert await heartbeat(here) is not None
