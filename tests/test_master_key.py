"""The one key that all others derive from: made once, kept, and its owner's alone."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatbox import master_key
from chatbox.kernel.db import Database


@pytest.fixture
async def db(fresh_database: str) -> AsyncIterator[Database]:
    database = Database(fresh_database, pool_size=5)
    yield database
    await database.close()


def test_a_folder_keeps_its_key(tmp_path: Path) -> None:
    key = master_key.from_folder(tmp_path)

    assert len(key) >= 32
    assert master_key.from_folder(tmp_path) == key


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    master_key.from_folder(tmp_path)

    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("secret.key", 0o600)]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: master_key.from_folder(tmp_path), range(8)))

    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


async def test_instances_that_start_together_on_one_database_get_the_same_key(db: Database) -> None:
    keys = await asyncio.gather(*(master_key.from_database(db) for _ in range(5)))

    assert len(set(keys)) == 1
    assert len(keys[0]) >= 32
    assert await master_key.from_database(db) == keys[0]
