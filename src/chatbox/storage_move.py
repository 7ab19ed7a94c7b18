"""Copies all objects from one storage to another, for those who go from the data folder to S3 or back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from chatbox.kernel.storage.port import BadKey, Found, ObjectMissing, Storage

# All that the server keeps; whatever else lies in a bucket is somebody else's.
_FOLDERS = ("users/", "uploads/")
_AT_ONCE = 4
# Links name the type themselves; this is for who reads the bucket by other means, and must never be shown as a page.
_MIME_TYPE = "application/octet-stream"

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to copy; `size` in bytes."""

    objects: int
    size: int


@dataclass(slots=True)
class MoveReport:
    """What was done so far, and still holds when the move was interrupted. `size` in bytes, of what was copied."""

    copied: int = 0
    skipped: int = 0
    size: int = 0
    vanished: int = 0  # deleted before they were copied
    problems: list[str] = field(default_factory=list)
    """Objects that have to be looked at: the key, and what is the matter."""

    def __str__(self) -> str:
        told = f"{self.copied} copied ({self.size / 2**20:.1f} MB), {self.skipped} were there already"
        if self.vanished:
            told += f", {self.vanished} were deleted meanwhile"
        return told + (f", {len(self.problems)} with problems" if self.problems else "")


async def measure(source: Storage) -> Extent:
    """Raises `StorageUnavailable`."""
    objects = size = 0
    async with aclosing(_everything(source)) as listing:
        async for found in listing:
            objects += 1
            size += found.size
    return Extent(objects, size)


async def move(source: Storage, target: Storage, report: MoveReport, on_progress: Advance) -> None:
    """Copy what `target` has not yet, or has with another size; `source` keeps everything.

    Fills `report` as it goes, and calls `on_progress` with the size of each object that is done with. Raises
    `StorageUnavailable`. Interrupted in any way it leaves no half object behind, and goes on where it stopped when it
    is run again.
    """
    batch: list[Found] = []
    async with aclosing(_everything(source)) as listing:
        async for found in listing:
            batch.append(found)
            if len(batch) == _AT_ONCE:
                await _copy_all(batch, source, target, report, on_progress=on_progress)
                batch = []
    await _copy_all(batch, source, target, report, on_progress=on_progress)


async def _everything(source: Storage) -> AsyncGenerator[Found]:
    for folder in _FOLDERS:
        async with aclosing(source.list(folder)) as listing:
            async for found in listing:
                yield found


async def _copy_all(
    batch: Sequence[Found], source: Storage, target: Storage, report: MoveReport, *, on_progress: Advance
) -> None:
    async def copy_one(found: Found) -> None:
        await _copy(found, source, target, report)
        on_progress(found.size)

    try:
        async with asyncio.TaskGroup() as group:
            for found in batch:
                group.create_task(copy_one(found))
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
    else:
        return
    raise first


async def _copy(found: Found, source: Storage, target: Storage, report: MoveReport) -> None:
    try:
        if await _size_there(target, found.key) == found.size:
            report.skipped += 1
            return
        async with aclosing(source.read(found.key)) as pieces:
            size = await target.put(found.key, pieces, mime_type=_MIME_TYPE)
    except ObjectMissing:
        report.vanished += 1
    except BadKey:
        report.problems.append(f"{found.key}: not a key of this server")
    else:
        report.copied += 1
        report.size += size
        if not size == found.size == await _size_there(target, found.key):
            report.problems.append(f"{found.key}: changed while it was copied")


async def _size_there(target: Storage, key: str) -> int | None:
    try:
        return await target.size(key)
    except ObjectMissing:
        return None
