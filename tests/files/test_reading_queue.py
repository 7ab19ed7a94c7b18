"""The queue of files to be read: whose turn it is, who has died, who has lost the right to write."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from tests.files.puppet_reader import Desk, PuppetReader
from tests.support.journals import make_session
from tests.support.objects import keys_of

from chatbox.files import store
from chatbox.files.parsers.document import FileEncrypted, Mark, Meta
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.local import LocalStorage

_SILENT_SINCE = """
UPDATE file_objects SET state = 'reading', attempts = $1, claim_id = id, heartbeat_at = now() - interval '1 min'
"""


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    db = Database(fresh_database, pool_size=4)
    connection = await asyncpg.connect(fresh_database)
    yield Desk(db, LocalStorage(tmp_path / "files"), tmp_path, connection)
    await connection.close()
    await db.close()


@pytest.fixture
async def people(desk: Desk) -> list[UUID]:
    """Two owners."""
    sessions = [await make_session(desk.db) for _ in range(2)]
    return [await desk.connection.fetchval("SELECT owner_id FROM chat_sessions WHERE id = $1", id_) for id_ in sessions]


@pytest.fixture
async def ann(people: list[UUID]) -> UUID:
    return people[0]


async def test_many_files_of_one_person_do_not_make_another_wait(desk: Desk, people: list[UUID]) -> None:
    for number in range(4):
        await desk.put(people[0], f"ann {number}")
    last = await desk.put(people[0], "ann 4")
    await desk.put(people[1], "bob 0")
    await desk.put(people[1], "bob 1")
    reader = PuppetReader()

    async with desk.reading(reader):
        await desk.until(last, state="ready")

    assert reader.begun == ["ann 0", "bob 0", "ann 1", "bob 1", "ann 2", "ann 3", "ann 4"]


async def test_so_many_are_read_at_once_and_no_more(desk: Desk, ann: UUID) -> None:
    for number in range(5):
        await desk.put(ann, f"{number}")
    reader = PuppetReader(waits=True)

    async with desk.reading(reader, at_once=3):
        async with asyncio.timeout(5):
            while len(reader.begun) < 3:
                await asyncio.sleep(0.01)
        assert await desk.connection.fetchval("SELECT count(*) FROM file_objects WHERE state = 'reading'") == 3


async def test_progress_is_written_while_it_is_made(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    reader = PuppetReader(waits=True)

    async with desk.reading(reader):
        await reader.has_begun.wait()
        reader.progress(3, 10)
        await desk.until(object_id, state="reading", progress=3, progress_of=10)


async def test_what_is_read_is_kept_as_it_can_be_stored(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    marks = (Mark(9, "page", 2, "b\x00"), Mark(-3, "page", 1, "a"), Mark(99, "page", 3, "c"))
    reader = PuppetReader("one\x00two\ud800end", marks, Meta("t\x00", None, 2**40, 3, ("text_cut",)))

    async with desk.reading(reader):
        row = await desk.until(object_id, state="ready")

    assert row["text"] == "one\ufffdtwo\ufffdend"
    assert [(mark["start"], mark["label"]) for mark in json.loads(row["marks"])] == [
        (0, "a"),
        (9, "b\ufffd"),
        (11, "c"),
    ]
    assert json.loads(row["meta"]) == {
        "title": "t\ufffd",
        "author": None,
        "pages": 1_000_000,
        "words": 3,
        "notes": ["text_cut"],
    }


async def test_the_view_of_a_picture_is_stored_and_named(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a.png", "image")

    async with desk.reading(PuppetReader(view=b"small")):
        row = await desk.until(object_id, state="ready")

    assert row["view_key"].startswith(f"users/{ann}/derived/")
    assert row["view_key"] in await keys_of(desk.storage)
    assert await desk.connection.fetchval("SELECT count(*) FROM storage_garbage") == 0


async def test_the_last_part_of_a_text_has_the_empty_pages_behind_it(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    pages = tuple(Mark(start, "page", number, "") for number, start in enumerate((0, 4, 8, 8), 1))
    async with desk.reading(PuppetReader(text="one two ", marks=pages)):
        await desk.until(object_id, state="ready")

    async with desk.db.begin() as tx:
        first, last = [await store.text_range(tx, object_id, start, 4) for start in (0, 5)]

    assert first is not None
    assert last is not None
    assert [mark["number"] for mark in first.marks] == [1]
    assert (last.part, [mark["number"] for mark in last.marks]) == ("wo ", [2, 3, 4])


async def test_why_a_file_cannot_be_read_is_kept(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")

    async with desk.reading(PuppetReader(failure=FileEncrypted())):
        await desk.until(object_id, state="failed", problem_code="file_encrypted")


async def test_a_file_whose_bytes_are_lost_says_so(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    await desk.storage.delete(await keys_of(desk.storage))

    async with desk.reading(PuppetReader()):
        await desk.until(object_id, state="failed", problem_code="file_content_missing")


async def test_a_reader_that_died_is_replaced(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    await desk.connection.execute(_SILENT_SINCE, 1)

    async with desk.reading(PuppetReader()):
        await desk.until(object_id, state="ready", attempts=2)


async def test_a_reader_that_is_alive_is_left_alone(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    other = await desk.put(ann, "b")
    await desk.connection.execute(
        "UPDATE file_objects SET state = 'reading', claim_id = id, heartbeat_at = now() WHERE id = $1", object_id
    )

    async with desk.reading(PuppetReader()):
        await desk.until(other, state="ready")
        assert (await desk.row(object_id))["state"] == "reading"


async def test_a_file_that_keeps_killing_its_reader_is_given_up(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    await desk.connection.execute(_SILENT_SINCE, 3)
    reader = PuppetReader()

    async with desk.reading(reader):
        await desk.until(object_id, state="failed", problem_code="file_too_complex")
    assert reader.begun == []


async def test_who_has_lost_the_claim_writes_nothing(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    slow = PuppetReader("of the slow one", view=b"slow", waits=True)

    async with desk.reading(slow) as queue:
        await slow.has_begun.wait()
        await desk.connection.execute("UPDATE file_objects SET claim_id = gen_random_uuid()")
        slow.go_on.set()
        await queue.next_end(5)
        assert slow.ended == ["a"]

    assert (await desk.row(object_id))["state"] == "reading"
    assert (await desk.row(object_id))["text"] is None


async def test_a_deleted_file_is_read_no_further(desk: Desk, ann: UUID) -> None:
    await desk.put(ann, "a")
    reader = PuppetReader(waits=True)

    async with desk.reading(reader):
        await reader.has_begun.wait()
        await desk.connection.execute("DELETE FROM files")
        async with asyncio.timeout(5):
            while not reader.ended:
                await asyncio.sleep(0.01)


async def test_a_server_that_leaves_gives_back_what_it_reads(desk: Desk, ann: UUID) -> None:
    object_id = await desk.put(ann, "a")
    reader = PuppetReader(waits=True)

    async with desk.reading(reader):
        await reader.has_begun.wait()

    assert (await desk.row(object_id))["state"] == "queued"
    assert (await desk.row(object_id))["attempts"] == 0
    assert list((desk.folder / "reading").iterdir()) == []
    async with desk.reading(PuppetReader()):
        await desk.until(object_id, state="ready")


class Flaky(LocalStorage):
    """A storage that fails the first who wants to read."""

    failures = 1

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable
        async for piece in super().read(key, start=start, end=end):
            yield piece


async def test_while_the_storage_is_away_files_wait(desk: Desk, ann: UUID, tmp_path: Path) -> None:
    desk.storage = Flaky(tmp_path / "flaky")
    object_id = await desk.put(ann, "a")

    async with desk.reading(PuppetReader()):
        await desk.until(object_id, state="ready")
