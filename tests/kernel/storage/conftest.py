"""Both storages, for the one suite that they share."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.objects import keys_of
from tests.support.s3_server import OwnBucket, S3Address, new_bucket

from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage


@pytest.fixture(scope="session")
def worker_bucket(s3_server: S3Address) -> OwnBucket:
    """A bucket that the tests of a worker use in turn: the first object in a new one takes the server a second."""
    return asyncio.run(new_bucket(s3_server))


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty storage of either kind."""
    if request.param == "local":
        yield LocalStorage(tmp_path / "files")
        return
    bucket: OwnBucket = request.getfixturevalue("worker_bucket")
    yield bucket.storage
    asyncio.run(_empty(bucket.storage))


async def _empty(storage: Storage) -> None:
    await storage.delete(await keys_of(storage))
