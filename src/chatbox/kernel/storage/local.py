"""Objects as files below one folder of this machine."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import time

import obstore
from obstore.store import LocalStore

from chatbox.kernel.ids import new_id
from chatbox.kernel.storage.objects import PIECE_BYTES, Objects, settled, telling, within
from chatbox.kernel.storage.port import Found, UploadForm, check_key, check_prefix

# Objects are written here first, and moved to their place in one step once they are whole and on the disk.
_INCOMING = ".incoming"
_FORGOTTEN_SECONDS = 24 * 3600
_STEP_SECONDS = 30.0
_FSYNC_SECONDS = 300.0
_MOVE_ATTEMPTS = 100


class LocalStorage:
    """A `Storage` in a folder, which only this user may read. It signs no links: the server serves the files itself."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder, and removes what writers that were killed left in it. Raises `OSError`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder.resolve()
        self._forget_broken_writes()
        self._store = LocalStore(self._folder, automatic_cleanup=True)
        self._objects = Objects(self._store, step_seconds=_STEP_SECONDS, part_seconds=_STEP_SECONDS)

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, mime_type: str) -> int:  # noqa: ARG002 - files have no type
        place = self._folder / check_key(key)
        incoming = f"{_INCOMING}/{new_id()}"
        size = await self._objects.write(incoming, chunks)
        try:
            with telling("write", key):
                await settled(_FSYNC_SECONDS, _in_thread(_publish, self._folder / incoming, place, self._folder))
        except BaseException:
            with suppress(OSError):
                await settled(_STEP_SECONDS, _in_thread(_forget, self._folder / incoming, place))
            raise
        return size

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        size = await self._objects.size(check_key(key))
        last = size if end is None else min(end, size)
        # Ranges are read with one call to the system each, which is four times as fast as obstore's stream of a file.
        for begin in range(start, last, PIECE_BYTES):
            stop = min(begin + PIECE_BYTES, last)
            with telling("read", key):
                piece = bytes(
                    await within(_STEP_SECONDS, obstore.get_range_async(self._store, key, start=begin, end=stop))
                )
                if len(piece) < stop - begin:
                    raise OSError("the file became shorter")
            yield piece

    async def size(self, key: str) -> int:
        return await self._objects.size(check_key(key))

    async def delete(self, keys: Sequence[str]) -> None:
        await self._objects.delete([check_key(key) for key in keys])

    async def list(self, prefix: str) -> AsyncGenerator[Found]:
        async for found in self._objects.list(check_prefix(prefix)):
            if not found.key.startswith(f"{_INCOMING}/"):
                yield found

    async def link(self, key: str, *, disposition: str, mime_type: str, seconds: int) -> str | None:  # noqa: ARG002 - see below
        """None: the server serves the file itself, at an address that it signs."""
        return None

    async def upload_form(self, key: str, *, size: int, mime_type: str, seconds: int) -> UploadForm | None:  # noqa: ARG002 - see below
        """None: everything comes through the server."""
        return None

    def _forget_broken_writes(self) -> None:
        (self._folder / _INCOMING).mkdir(mode=0o700, exist_ok=True)
        for path in (self._folder / _INCOMING).iterdir():
            with suppress(FileNotFoundError):  # another process tidies too
                if path.stat().st_mtime < time() - _FORGOTTEN_SECONDS:
                    path.unlink()


def _in_thread(work: Callable[..., None], *paths: Path) -> asyncio.Future[None]:
    return asyncio.get_running_loop().run_in_executor(None, work, *paths)


def _publish(incoming: Path, place: Path, folder: Path) -> None:
    """Move a whole file to its place so that a loss of power leaves all of it there, or nothing."""
    with incoming.open("r+b") as file:
        os.fsync(file.fileno())
    for _ in range(_MOVE_ATTEMPTS):
        # A deletion may remove a folder, which was empty until now, while it is being made and just before the move;
        # and `mkdir` says that it exists where it was there a moment ago.
        with suppress(FileNotFoundError, FileExistsError):
            place.parent.mkdir(parents=True, exist_ok=True)
            incoming.replace(place)
            break
    else:
        raise OSError(f"{place} cannot be written")
    if os.name == "posix":
        for parent in place.parents:
            _fsync_folder(parent)
            if parent == folder:
                break


def _fsync_folder(folder: Path) -> None:
    with suppress(FileNotFoundError):  # deleted meanwhile, with the file
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _forget(incoming: Path, place: Path) -> None:
    incoming.unlink(missing_ok=True)
    place.unlink(missing_ok=True)
