"""Many answers at once hold no database connection: one is enough for all, and for everybody else's requests."""

import asyncio
import time
from pathlib import Path

from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import Person, Place
from tests.support.process import server_process

ANSWERS = 50
TOKENS = 100


async def test_fifty_answers_stream_at_once_with_one_database_connection(tmp_path: Path, fresh_database: str) -> None:
    env = {"CHATBOX_DATABASE_URL": fresh_database, "CHATBOX_DATABASE_POOL_SIZE": "1"}
    async with server_process(tmp_path / "server", env) as server, Place(server.url).person() as ann:
        sessions = [(await ann.session(f"scripted/paced-20-{TOKENS}"))["id"] for _ in range(ANSWERS)]
        watchers = [Watcher(ann, session, [server.url]) for session in sessions]
        async with watching(*watchers), asyncio.TaskGroup() as group:
            browsing = group.create_task(browse(ann))
            sent = await asyncio.gather(*(ann.send(session) for session in sessions))
            answers = [made["answer"]["id"] for made in sent]
            for watcher, answer in zip(watchers, answers, strict=True):
                assert await watcher.until_end(answer) == "complete"
            browsing.cancel()
        whole = "".join(f"token{number} " for number in range(TOKENS))
        for watcher, answer in zip(watchers, answers, strict=True):
            assert watcher.text(answer) == text_of(await ann.message(watcher.session_id, answer)) == whole
    last_to_begin = max(watcher.time_of("stream_start") for watcher in watchers)
    assert last_to_begin < min(watcher.time_of("stream_end") for watcher in watchers)


async def browse(person: Person) -> None:
    """Look at one thing after another; every answer must come, and soon."""
    while True:
        began = time.monotonic()
        response = await person.http.get("/sessions")
        assert response.status_code == 200
        assert time.monotonic() - began < 5
