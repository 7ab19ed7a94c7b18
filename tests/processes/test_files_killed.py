"""The server is killed while files come in and are read: what was promised is kept, and nothing is left over."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from tests.files import tus
from tests.files.sending import begun_request, get, read, send
from tests.support.app import Person, Place
from tests.support.database import create_database, drop_database
from tests.support.process import ServerProcess, server_process

from chatbox.kernel.postgres import ServerAddress

CONTENT = b"\x7fELF" + os.urandom(12 * 2**20)


@pytest.fixture
async def database(postgres_server: ServerAddress, migrated_template: str) -> AsyncIterator[str]:
    name = await create_database(postgres_server, migrated_template)
    yield postgres_server.url(name)
    await drop_database(postgres_server, name)


@pytest.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[ServerProcess]:
    env = {"CHATBOX_DATABASE_URL": database, "CHATBOX_UPLOAD_LIMIT_MB": "50", "CHATBOX_OCR": "off"}
    async with server_process(tmp_path / "server", env) as running:
        yield running


@pytest.fixture
async def ann(server: ServerProcess) -> AsyncIterator[Person]:
    async with Place(server.url).person() as person:
        yield person


def stored(server: ServerProcess) -> list[Path]:
    """The objects in the server's folder. (Half-written ones lie apart, and go when they are old.)"""
    folders = (server.data / "files" / name for name in ("users", "uploads"))
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def half_written(server: ServerProcess) -> list[Path]:
    return list((server.data / "files" / ".incoming").glob("*"))


async def again(server: ServerProcess) -> None:
    server.kill()
    server.start()
    await server.until_ready()


async def test_an_upload_goes_on_after_the_server_was_killed(server: ServerProcess, ann: Person) -> None:
    path = await tus.begin(ann, len(CONTENT), filename="large.bin")
    headers = {**tus.PIECE, "upload-offset": "0", "content-length": str(len(CONTENT))}
    async with begun_request(ann, "PATCH", path, headers, CONTENT[: 11 * 2**20]), asyncio.timeout(20):
        while await tus.offset_of(ann, path) < 5 * 2**20:
            await asyncio.sleep(0.01)
        await again(server)

    offset = await tus.offset_of(ann, path)
    assert offset in {5 * 2**20, 10 * 2**20}
    assert (await tus.append(ann, path, offset, CONTENT[offset:])).status_code == 204

    file_id = path.rsplit("/", 1)[1]
    assert (await ann.http.get(f"/files/{file_id}/content")).content == CONTENT


async def test_what_an_upload_that_was_killed_left_is_swept_up(
    server: ServerProcess, ann: Person, database: str
) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(2 * len(CONTENT))}
    begin = b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.bin"\r\n\r\n' + CONTENT
    async with begun_request(ann, "POST", "/files/upload", headers, begin), asyncio.timeout(20):
        while not half_written(server):
            await asyncio.sleep(0.005)
        server.kill()

    connection = await asyncpg.connect(database)
    # A day later …
    assert await connection.execute("UPDATE storage_garbage SET not_before = now()") == "UPDATE 1"
    server.start()
    await server.until_ready()
    async with asyncio.timeout(20):
        while await connection.fetchval("SELECT count(*) FROM storage_garbage"):
            await asyncio.sleep(0.02)
    await connection.close()

    assert stored(server) == []
    assert (await ann.http.get("/files/usage")).json()["used"] == 0


async def test_an_object_whose_row_was_never_made_is_swept_up(
    server: ServerProcess, ann: Person, database: str
) -> None:
    """Death between object and row: the row cannot be made, and then the server dies."""
    connection = await asyncpg.connect(database)
    lock = connection.transaction()
    await lock.start()
    await connection.execute("LOCK TABLE file_objects IN EXCLUSIVE MODE")
    upload = asyncio.create_task(ann.http.post("/files/upload", files={"file": ("a.bin", CONTENT)}))
    async with asyncio.timeout(20):
        while not stored(server):
            await asyncio.sleep(0.005)
    server.kill()
    await asyncio.wait([upload])
    assert upload.exception() is not None
    await lock.rollback()

    await connection.execute("UPDATE storage_garbage SET not_before = now()")
    server.start()
    await server.until_ready()
    async with asyncio.timeout(20):
        while await connection.fetchval("SELECT count(*) FROM storage_garbage"):
            await asyncio.sleep(0.02)
    await connection.close()
    assert stored(server) == []
    assert (await ann.http.get("/files")).json()["items"] == []


async def test_what_was_being_read_is_read_after_all(server: ServerProcess, ann: Person, database: str) -> None:
    connection = await asyncpg.connect(database)
    lock = connection.transaction()
    await lock.start()
    await connection.execute("LOCK TABLE file_texts IN EXCLUSIVE MODE")  # so that no reading comes to its end
    files = [await send(ann, f"the words of file {number}".encode(), f"{number}.txt") for number in range(6)]
    async with asyncio.timeout(20):
        while "reading" not in [(await get(ann, file))["status"] for file in files]:
            await asyncio.sleep(0.005)

    server.kill()
    await lock.rollback()
    await connection.close()
    server.start()
    await server.until_ready()

    assert [(await read(ann, file))["status"] for file in files] == ["ready"] * 6
