"""The embedded PostgreSQL is killed while answers stream: the server brings it back, and nobody loses a word."""

import asyncio
from pathlib import Path

from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import Place
from tests.support.postgres_processes import kill, server_pid
from tests.support.process import server_process


async def test_answers_complete_whole_though_their_database_is_killed(tmp_path: Path) -> None:
    async with server_process(tmp_path / "server") as server, Place(server.url).person() as ann:
        sessions = [await ann.session("scripted/paced-100-300") for _ in range(6)]
        pairs = [[Watcher(ann, each["id"], [server.url], line) for line in ("socket", "sse")] for each in sessions]
        watchers = [watcher for pair in pairs for watcher in pair]
        async with watching(*watchers):
            sent = await asyncio.gather(*(ann.send(session["id"]) for session in sessions))
            answers = [made["answer"]["id"] for made in sent for _ in ("socket", "sse")]
            for watcher, answer in zip(watchers, answers, strict=True):
                await watcher.until_pieces(answer, 20)
            kill(server_pid(server.data / "postgres"))
            for watcher, answer in zip(watchers, answers, strict=True):
                assert await watcher.until_end(answer) == "complete"
        whole = "".join(f"token{number} " for number in range(300))
        for watcher, answer in zip(watchers, answers, strict=True):
            assert watcher.text(answer) == text_of(await ann.message(watcher.session_id, answer)) == whole
            assert watcher.numbers == list(range(1, watcher.position + 1))
            assert (watcher.attempts, watcher.closed_with) == (1, [])
    assert "postgres is gone; starting it again" in server.log
