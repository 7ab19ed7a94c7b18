"""The server is killed while it writes, again and again: what anyone has seen is stored, and can be gone on with."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import Person, Place
from tests.support.postgres_processes import kill, server_pid, wait_until_gone
from tests.support.process import ServerProcess, server_process

SEED = 1
SESSIONS = 12
FINISHED_SECONDS = 10


@dataclass
class Answer:
    """An answer that was asked for, and those who watch it."""

    session_id: str
    message_id: str
    tokens: int
    watchers: list[Watcher]

    @property
    def whole(self) -> str:
        return "".join(f"token{number} " for number in range(self.tokens))

    @property
    def seen(self) -> int:
        return max(len(watcher.text(self.message_id)) for watcher in self.watchers)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with server_process(tmp_path / "server") as running:
        yield running
    await asyncio.to_thread(wait_until_gone, running.data / "postgres")


@pytest.fixture
async def ann(server: ServerProcess) -> AsyncIterator[Person]:
    async with Place(server.url).person() as person:
        yield person


@pytest.fixture
async def watchers(server: ServerProcess, ann: Person) -> AsyncIterator[list[list[Watcher]]]:
    """Two viewers, one over each kind of line, for each of twelve sessions."""
    sessions = [await ann.session() for _ in range(SESSIONS)]
    viewers = [
        [Watcher(ann, session["id"], [server.url], "socket"), Watcher(ann, session["id"], [server.url], "sse")]
        for session in sessions
    ]
    async with watching(*[watcher for pair in viewers for watcher in pair]):
        yield viewers


async def test_whatever_was_seen_is_stored_after_kills_at_any_moment(
    server: ServerProcess, ann: Person, watchers: list[list[Watcher]]
) -> None:
    dice = random.Random(SEED)
    answers: list[Answer] = []
    for victim in ("server", "server and database", "server"):
        answers += [await asked(ann, pair, dice) for pair in watchers]
        await until_seen(answers[-SESSIONS:], dice.randrange(1_000, 12_000))
        if victim == "server and database":
            kill(server_pid(server.data / "postgres"))
        server.kill()
        server.start()
        await server.until_ready()
    async with asyncio.timeout(FINISHED_SECONDS):
        await all_ended([answer for answer in answers if answer.seen])
    await all_ended(answers)  # those that had to wait behind an interrupted one begin only now
    messages = {answer.message_id: await ann.message(answer.session_id, answer.message_id) for answer in answers}
    assert {message["status"] for message in messages.values()} <= {"complete", "interrupted"}
    for answer in answers:
        check_stored(answer, messages[answer.message_id])
    await go_on_with_all(ann, [answer for answer in answers if messages[answer.message_id]["status"] == "interrupted"])
    for pair in watchers:
        for watcher in pair:
            assert watcher.numbers == list(range(1, watcher.position + 1))


async def asked(person: Person, watchers: list[Watcher], dice: random.Random) -> Answer:
    tokens = dice.randrange(50, 300)
    sent = await person.send(watchers[0].session_id, model=f"scripted/paced-100-{tokens}")
    return Answer(watchers[0].session_id, sent["answer"]["id"], tokens, watchers)


async def until_seen(answers: list[Answer], characters: int) -> None:
    """Wait until so many characters of the answers, taken together, were seen by somebody."""
    async with asyncio.timeout(30):
        while sum(answer.seen for answer in answers) < characters:
            await asyncio.sleep(0.005)


async def all_ended(answers: list[Answer]) -> None:
    for answer in answers:
        for watcher in answer.watchers:
            await watcher.until_end(answer.message_id)


def check_stored(answer: Answer, message: dict[str, Any]) -> None:
    stored = text_of(message)
    assert answer.whole.startswith(stored)
    assert message["status"] == "interrupted" or stored == answer.whole
    for watcher in answer.watchers:
        assert watcher.text(answer.message_id) == stored
        assert watcher.ends(answer.message_id) == [message["status"]]


async def go_on_with_all(person: Person, answers: list[Answer]) -> None:
    """Continue each of them, and see that the new words come after those that were kept."""
    assert answers, "no answer was interrupted: the dice were no good"
    kept = [answer.watchers[0].text(answer.message_id) for answer in answers]
    for answer in answers:
        await person.act(answer.session_id, answer.message_id, "continue")
    for answer, before in zip(answers, kept, strict=True):
        for watcher in answer.watchers:
            assert await watcher.until_end(answer.message_id, nth=2) == "complete"
        stored = await person.message(answer.session_id, answer.message_id)
        assert (stored["status"], text_of(stored)) == ("complete", before + answer.whole)
        assert all(watcher.text(answer.message_id) == text_of(stored) for watcher in answer.watchers)
