"""A small client of tus 1.0.0, as the protocol describes one."""

import base64
from typing import Any

import httpx2
from tests.support.app import Person

VERSION = {"tus-resumable": "1.0.0"}
PIECE = {**VERSION, "content-type": "application/offset+octet-stream"}


def metadata(**said: str) -> dict[str, str]:
    pairs = (f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    return {"upload-metadata": ",".join(pairs)}


async def begin(person: Person, size: int, **said: str) -> str:
    """Announce a file; the path of the upload."""
    response = await announce(person, size, **said)
    assert response.status_code == 201, response.text
    return response.headers["location"].removeprefix("/api/v1")


async def announce(person: Person, size: int, **said: str) -> httpx2.Response:
    headers = {**VERSION, "upload-length": str(size), **metadata(**{"filename": "file.bin", **said})}
    return await person.http.post("/files/uploads", headers=headers)


async def append(person: Person, path: str, offset: int, content: Any, **headers: str) -> httpx2.Response:
    sent = {**PIECE, "upload-offset": str(offset), **headers}
    return await person.http.patch(path, content=content, headers=sent)


async def offset_of(person: Person, path: str) -> int:
    response = await person.http.head(path, headers=VERSION)
    assert response.status_code == 200
    return int(response.headers["upload-offset"])
