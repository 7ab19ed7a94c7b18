"""A server that is asked to leave: new work is refused, short answers end, long ones are kept as far as they got."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.processes.leftovers import children_of, running_processes
from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import HANG, Person, Place
from tests.support.postgres_processes import processes_of
from tests.support.process import ServerProcess, server_process

GOING_AWAY = 1001


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with server_process(tmp_path / "server", {"CHATBOX_SHUTDOWN_SECONDS": "4"}) as running:
        yield running


@pytest.fixture
async def ann(server: ServerProcess) -> AsyncIterator[Person]:
    async with Place(server.url).person() as person:
        yield person


async def until_draining(person: Person) -> None:
    async with asyncio.timeout(10):
        while (await person.http.get(f"{person.place.url}/readyz")).status_code != 503:
            await asyncio.sleep(0.02)


async def test_sigterm_lets_answers_end_and_keeps_what_the_long_ones_have(server: ServerProcess, ann: Person) -> None:
    short = await ann.session("scripted/paced-50-100")
    long = await ann.session("scripted/paced-50-5000")
    quiet = await ann.session()
    watchers = [Watcher(ann, session["id"], [server.url]) for session in (short, long, quiet)]
    watchers.append(Watcher(ann, long["id"], [server.url], "sse"))
    async with watching(*watchers):
        of_short, of_long = [(await ann.send(session["id"]))["answer"]["id"] for session in (short, long)]
        await watchers[0].until_pieces(of_short)
        await watchers[1].until_pieces(of_long)
        children = children_of(server.pid)
        server.terminate()
        await until_draining(ann)
        refused = await ann.http.post(f"/sessions/{quiet['id']}/messages", json={"message": "Still there?"})
        assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
        assert await watchers[0].until_end(of_short) == "complete"
        assert await watchers[1].until_end(of_long) == "interrupted"
        assert await server.exit_code() == 0
    assert [watcher.closed_with[0] for watcher in watchers] == [GOING_AWAY, GOING_AWAY, GOING_AWAY, None]
    assert watchers[3].ends(of_long) == ["interrupted"]
    assert processes_of(server.data / "postgres") == []
    assert children & set(running_processes()) == set()

    server.start()
    await server.until_ready()
    kept = await ann.message(long["id"], of_long)
    assert kept["status"] == "interrupted"
    assert text_of(kept) == watchers[1].text(of_long) == watchers[3].text(of_long)
    assert text_of(await ann.message(short["id"], of_short)) == "".join(f"token{number} " for number in range(100))


async def test_a_second_sigterm_does_not_wait_for_anyone(tmp_path: Path, fresh_database: str) -> None:
    env = {"CHATBOX_SHUTDOWN_SECONDS": "600", "CHATBOX_DATABASE_URL": fresh_database}
    async with server_process(tmp_path / "server", env) as server, Place(server.url).person() as ann:
        session = await ann.session(HANG)
        watcher = Watcher(ann, session["id"], [server.url])
        async with watching(watcher):
            await ann.send(session["id"])
            await watcher.until(lambda: bool(watcher.events), "the line is open")
            server.terminate()
            await until_draining(ann)
            server.terminate()
            await server.exit_code(5)


async def test_sigint_leaves_as_sigterm_does(tmp_path: Path, fresh_database: str) -> None:
    async with server_process(tmp_path / "server", {"CHATBOX_DATABASE_URL": fresh_database}) as server:
        server.interrupt()
        assert await server.exit_code() == 0
