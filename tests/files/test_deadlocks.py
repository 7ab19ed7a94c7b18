"""Those who delete and attach the same files at the same time wait for each other, and both come through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.files.sending import File, send
from tests.support.app import DEADLINE_SECONDS, Person, RunningApp, problem_of

# Takes a file as soon as somebody waits for us, so that each has what the other wants.
_MEET = """
DO $$ BEGIN
  WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) LOOP
    PERFORM pg_sleep(0.005);
  END LOOP;
  UPDATE files SET uses = uses WHERE id = '{file_id}';
END $$
"""

Act = Callable[[], Awaitable[httpx2.Response]]


@pytest.fixture
async def rival(fresh_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Another transaction, which PostgreSQL is in no hurry to end."""
    opened = await asyncpg.connect(fresh_database)
    await opened.execute("SET deadlock_timeout = '30s'")
    yield opened
    await opened.close()


@pytest.fixture
async def person(running_app: RunningApp) -> AsyncIterator[Person]:
    async with running_app.person() as somebody:
        yield somebody


async def two_files(person: Person) -> list[File]:
    return [await send(person, b"\x7fELF" + content, "a.bin") for content in (b"one", b"two")]  # nobody reads them


def body(*files: File) -> dict[str, Any]:
    parts = [{"type": "file", "fileId": file["id"], "filename": file["filename"]} for file in files]
    return {"message": "Look", "content_parts": parts}


async def against(rival: "asyncpg.Connection[asyncpg.Record]", files: list[File], act: Act) -> httpx2.Response:
    """What comes of `act`, which takes the files in their order, while a rival takes them the other way round."""
    first, second = files
    async with asyncio.timeout(DEADLINE_SECONDS), rival.transaction():
        await rival.execute("UPDATE files SET uses = uses WHERE id = $1", second["id"])
        acting = asyncio.ensure_future(act())
        await rival.execute(_MEET.format(file_id=first["id"]))
        assert not acting.done(), "nobody waited for the other"
    return await acting


async def test_a_deleted_session_comes_through(person: Person, rival: "asyncpg.Connection[asyncpg.Record]") -> None:
    files = await two_files(person)
    session = await person.session()
    sent = await person.send(session["id"], **body(*files))
    await person.ended(session["id"], sent)

    answer = await against(rival, files, lambda: person.http.delete(f"/sessions/{session['id']}"))

    assert answer.status_code == 204
    assert problem_of(await person.http.get(f"/sessions/{session['id']}")) == (404, "session_not_found")
    assert (await person.http.get("/files")).json()["items"] == []


async def test_a_message_with_files_comes_through_once(
    person: Person, rival: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    files = await two_files(person)
    session = await person.session()

    answer = await against(
        rival, files, lambda: person.http.post(f"/sessions/{session['id']}/messages", json=body(*files))
    )

    assert answer.is_success
    asked = [message for message in await person.messages(session["id"]) if message["role"] == "user"]
    assert [message["id"] for message in asked] == [answer.json()["message"]["id"]]
    assert [file["uses"] for file in (await person.http.get("/files")).json()["items"]] == [1, 1]
