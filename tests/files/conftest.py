"""Servers that keep files in a folder and in a bucket, and one with little room."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.app import Person, ServerThread, app_settings
from tests.support.database import create_database, drop_database

from chatbox.kernel.postgres import ServerAddress


@pytest.fixture(scope="session")
def small_server(
    postgres_server: ServerAddress, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerThread]:
    """One that takes files of 1 MB, and 2 MB of a person."""
    name = asyncio.run(create_database(postgres_server, migrated_template))
    folder = tmp_path_factory.mktemp("small")
    settings = app_settings(folder, postgres_server.url(name), upload_limit_mb=1, file_quota_mb=2, ocr="off")
    with ServerThread(settings) as thread:
        yield thread
    asyncio.run(drop_database(postgres_server, name))


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest) -> ServerThread:
    """A server with either storage."""
    found: ServerThread = request.getfixturevalue("server" if request.param == "local" else "s3_files_server")
    return found


@pytest.fixture
async def cat(place: ServerThread) -> AsyncIterator[Person]:
    """Somebody on a server with either storage."""
    async with place.resident("cat") as person:
        yield person


@pytest.fixture
async def dan(place: ServerThread) -> AsyncIterator[Person]:
    """Another one there."""
    async with place.resident("dan") as person:
        yield person


@pytest.fixture
async def s3_cat(s3_files_server: ServerThread) -> AsyncIterator[Person]:
    """Somebody whose files lie in a bucket."""
    async with s3_files_server.resident("cat") as person:
        yield person


@pytest.fixture
async def squeezed(small_server: ServerThread) -> AsyncIterator[Person]:
    """Somebody new with little room."""
    async with small_server.person() as person:
        yield person


@pytest.fixture
async def reader(small_server: ServerThread) -> AsyncIterator[Person]:
    """Somebody whose files are read without looking for text in pictures, which takes seconds; tests share them."""
    async with small_server.resident("reader") as person:
        yield person
