"""How tests send files and wait until they were read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.support.app import DEADLINE_SECONDS, Person

File = dict[str, Any]


async def send(person: Person, content: bytes, name: str = "file.bin", **fields: str) -> File:
    """Upload one file; what the server says of it."""
    response = await person.http.post("/files/upload", files={"file": (name, content)}, data=fields)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def get(person: Person, file: File) -> File:
    return dict((await person.http.get(f"/files/{file['id']}")).json())


async def read(person: Person, file: File) -> File:
    """The file once it was read, or could not be."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (found := await get(person, file))["status"] in {"queued", "reading"}:
            await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def begun_request(
    person: Person, method: str, path: str, headers: dict[str, str], content: bytes
) -> AsyncIterator[asyncio.StreamWriter]:
    """A request of which the server has `content` and waits for more, until the block ends and the line breaks."""
    host, port = person.place.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    sent = {"host": "x", "authorization": f"Bearer {person.token}", **headers}
    lines = [f"{method} /api/v1{path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + content)
    await writer.drain()
    try:
        yield writer
    finally:
        writer.close()
        with suppress(ConnectionError):  # the server may be dead by now
            await writer.wait_closed()
