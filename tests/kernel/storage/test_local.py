"""What only the local folder has: files that are private, moved into place whole, and left by nobody."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.support.objects import TEXT, content_of, keys_of, pieces, put
from tests.support.process import SOURCES

from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import ObjectMissing

_TWO_DAYS = 2 * 24 * 3600
_DEADLINE_SECONDS = 20.0


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_an_object_is_a_file_where_its_key_says(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")

    await put(storage, "users/ann/x.txt", b"content")

    assert files_in(tmp_path) == ["files/users/ann/x.txt"]
    assert (tmp_path / "files/users/ann/x.txt").read_bytes() == b"content"


@pytest.mark.skipif(os.name != "posix", reason="these rights exist there only")
async def test_others_on_this_machine_cannot_read_it(tmp_path: Path) -> None:
    await put(LocalStorage(tmp_path / "files"), "users/ann/x")

    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700


async def test_nothing_is_visible_while_it_is_written(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    seen: list[list[str]] = []

    async def watched() -> AsyncGenerator[bytes]:
        for _ in range(12):
            yield b"x" * 1024 * 1024
        seen.append(await keys_of(storage))

    await put(storage, "users/x", b"what was there before")
    await storage.put("users/x", watched(), mime_type=TEXT)

    assert seen == [["users/x"]]
    assert await storage.size("users/x") == 12 * 1024 * 1024
    assert files_in(tmp_path) == ["users/x"]


async def test_empty_folders_go_with_their_last_object(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    await put(storage, "users/ann/x")
    await put(storage, "users/bob/y")

    await storage.delete(["users/ann/x"])

    assert [path.name for path in (tmp_path / "users").iterdir()] == ["bob"]


async def test_objects_come_and_go_side_by_side_in_one_folder(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)

    async def come_and_go(number: int) -> None:
        for _ in range(15):
            await put(storage, f"users/ann/{number}")
            await storage.delete([f"users/ann/{number}"])

    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(come_and_go(number))

    assert await keys_of(storage) == []


async def test_a_writer_that_was_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    writes = f"""
import asyncio, pathlib
from chatbox.kernel.storage.local import LocalStorage
async def endless():
    for _ in range(12):
        yield b"x" * 1024 * 1024
    print("now", flush=True)
    await asyncio.Event().wait()
asyncio.run(LocalStorage(pathlib.Path({str(tmp_path)!r})).put("users/x", endless(), mime_type="text/plain"))
"""
    command = [sys.executable, "-c", writes]
    with subprocess.Popen(command, env={"PYTHONPATH": str(SOURCES)}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), _DEADLINE_SECONDS) == b"now\n"
        process.kill()
    left = files_in(tmp_path)

    storage = LocalStorage(tmp_path)
    kept_at_first = files_in(tmp_path)
    for name in left:
        os.utime(tmp_path / name, times=(0, (tmp_path / name).stat().st_mtime - _TWO_DAYS))
    LocalStorage(tmp_path)

    assert len(left) == 1
    assert kept_at_first == left  # it could be another process's, at work
    assert await keys_of(storage) == []
    assert files_in(tmp_path) == []


async def test_a_place_that_cannot_be_written_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "users").write_text("in the way")

    with pytest.raises(StorageUnavailable):
        await put(storage, "users/x")

    assert files_in(tmp_path) == ["users"]


async def test_a_file_that_vanishes_while_it_is_read_is_missing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    await storage.put("users/x", pieces(b"x" * 1024 * 1024), mime_type=TEXT)
    stream = storage.read("users/x")
    await anext(stream)

    await storage.delete(["users/x"])

    with pytest.raises(ObjectMissing):
        await anext(stream)


async def test_a_file_that_becomes_shorter_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    await storage.put("users/x", pieces(b"x" * 1024 * 1024), mime_type=TEXT)
    stream = storage.read("users/x")
    await anext(stream)

    os.truncate(tmp_path / "users/x", 300 * 1024)

    with pytest.raises(StorageUnavailable):
        await anext(stream)


async def test_the_server_serves_local_files_itself(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    await put(storage, "users/x")

    assert await storage.link("users/x", disposition="attachment", mime_type=TEXT, seconds=60) is None
    assert await storage.upload_form("users/y", size=1, mime_type=TEXT, seconds=60) is None
    assert await content_of(storage, "users/x") == b"content"


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")

    with pytest.raises(OSError, match="files"):
        LocalStorage(tmp_path / "files")
