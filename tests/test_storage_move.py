"""Moving every object between the data folder and S3, interrupted and run again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.support.bad_s3 import Answer, bad_s3, storage_at
from tests.support.objects import content_of, keys_of, put
from tests.support.process import free_port
from tests.support.s3_server import OwnBucket

from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage
from chatbox.storage_move import Extent, MoveReport, measure, move

_DEADLINE_SECONDS = 20.0
_MEGABYTE = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "files")


@pytest.fixture(params=["to s3", "to local"])
def way(request: pytest.FixtureRequest, folder: LocalStorage, s3_bucket: OwnBucket) -> tuple[Storage, Storage]:
    """From where to where."""
    return (folder, s3_bucket.storage) if request.param == "to s3" else (s3_bucket.storage, folder)


async def fill(storage: Storage, count: int = 10) -> dict[str, bytes]:
    contents = {f"users/{number % 3}/文件 {number}.txt": bytes([number]) * number * 1000 for number in range(count)}
    contents["uploads/1/0"] = b"half an upload"
    for key, content in contents.items():
        await put(storage, key, content)
    return contents


async def everything(storage: Storage) -> dict[str, bytes]:
    return {key: await content_of(storage, key) for key in await keys_of(storage)}


async def moved(source: Storage, target: Storage) -> MoveReport:
    report = MoveReport()
    async with asyncio.timeout(_DEADLINE_SECONDS):
        await move(source, target, report, lambda _size: None)
    return report


async def test_everything_is_there_afterwards_and_still_here(way: tuple[Storage, Storage]) -> None:
    source, target = way
    contents = await fill(source)
    progress: list[int] = []
    report = MoveReport()

    extent = await measure(source)
    await move(source, target, report, progress.append)

    assert await everything(target) == await everything(source) == contents
    assert extent == Extent(len(contents), sum(map(len, contents.values())))
    assert sum(progress) == extent.size
    assert (report.copied, report.skipped, report.size, report.problems) == (len(contents), 0, extent.size, [])
    assert str(report) == f"{len(contents)} copied (0.0 MB), 0 were there already"


async def test_what_is_there_already_is_passed_over(way: tuple[Storage, Storage]) -> None:
    source, target = way
    contents = await fill(source)
    await moved(source, target)
    await put(source, "users/new", b"new")
    await put(target, "uploads/1/0", b"of another size")

    report = await moved(source, target)

    assert (report.copied, report.skipped) == (2, len(contents) - 1)
    assert await content_of(target, "uploads/1/0") == b"half an upload"


async def test_nothing_else_is_touched(way: tuple[Storage, Storage]) -> None:
    source, target = way
    await put(source, "probes/1")
    await put(target, "users/only here")

    report = await moved(source, target)

    assert (report.copied, await keys_of(target)) == (0, ["users/only here"])


async def test_an_interrupted_move_goes_on_where_it_ended(folder: LocalStorage, s3_bucket: OwnBucket) -> None:
    contents = await fill(folder, 30)
    some_are_done = asyncio.Event()
    report, done = MoveReport(), [0]

    def on_progress(_size: int) -> None:
        done[0] += 1
        if done[0] == 9:
            some_are_done.set()

    moving = asyncio.ensure_future(move(folder, s3_bucket.storage, report, on_progress))
    async with asyncio.timeout(_DEADLINE_SECONDS):
        await some_are_done.wait()
        moving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await moving
    there = await everything(s3_bucket.storage)

    again = await moved(folder, s3_bucket.storage)

    assert 9 <= len(there) < len(contents)
    assert there.items() <= contents.items()  # nothing half
    assert (again.copied, again.skipped) == (len(contents) - len(there), len(there))
    assert await everything(s3_bucket.storage) == contents


class _Interrupted(LocalStorage):
    """A folder whose objects change and vanish between the listing and the copy."""

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        if key.endswith("vanishes"):
            await self.delete([key])
        async with aclosing(super().read(key, start=start, end=end)) as pieces:
            async for piece in pieces:
                yield piece + b"more" if key.endswith("changes") else piece


async def test_what_changes_meanwhile_is_told(tmp_path: Path) -> None:
    source, target = _Interrupted(tmp_path / "source"), LocalStorage(tmp_path / "target")
    for name in ("vanishes", "changes", "stays"):
        await put(source, f"users/{name}")

    report = await moved(source, target)

    assert (report.copied, report.vanished) == (2, 1)
    assert report.problems == ["users/changes: changed while it was copied"]
    assert str(report).endswith("1 were deleted meanwhile, 1 with problems")


async def test_what_is_no_object_of_ours_is_told_and_left(tmp_path: Path, folder: LocalStorage) -> None:
    await put(folder, "users/fine")
    (tmp_path / "files/users/what?").write_text("somebody put it there")

    report = await moved(folder, LocalStorage(tmp_path / "target"))

    assert (report.copied, report.problems) == (1, ["users/what?: not a key of this server"])


async def test_a_storage_that_goes_away_stops_the_move(folder: LocalStorage) -> None:
    await fill(folder)

    with pytest.raises(StorageUnavailable):
        await moved(folder, storage_at(f"http://127.0.0.1:{free_port()}"))
    async with bad_s3(lambda _: Answer(403)) as server:
        with pytest.raises(StorageUnavailable):
            await measure(server.storage)
