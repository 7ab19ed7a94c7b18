"""Reads files in the background, inside the server: a child process for each file, and everybody's turn in turn.

The queue is the objects' own rows: who takes one writes a claim into it, says every second that it is alive, and writes
the outcome only while the claim is still its own. Why not a queue library: docs/decisions/0012-reading-queue.md.
"""

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol, cast
from uuid import UUID

from chatbox.files import reading_store, store
from chatbox.files.errors import FileContentMissing
from chatbox.files.parsers import kinds
from chatbox.files.parsers.document import FileTooComplex, KindName, Mark, Progress, ReadFailed
from chatbox.files.parsers.kinds import Kind
from chatbox.files.parsers.sandbox import ReadOptions, ReadResult
from chatbox.files.reading_store import Claim
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.errors import StorageUnavailable, StoreUnavailable
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.port import ObjectMissing, Storage
from chatbox.kernel.supervisor import Supervisor

HEARTBEAT_SECONDS = 1.0
# A reader that is silent for so long is dead to the others, who read the file again.
SILENT = timedelta(seconds=8)
# A file over which so many processes died is not tried again.
MOST_ATTEMPTS = 3
_LOOK_SECONDS = 2.0
_AWAY_SECONDS = 2.0
_LEAVE_SECONDS = 5.0
_LITTER_SECONDS = 3600
_MOST_PAGES = 1_000_000
# What PostgreSQL stores neither in text nor in JSON. Replaced one by one, so that offsets stay what they are.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_VIEW_TYPES = {".png": "image/png", ".webp": "image/webp"}
_AWAY = (StorageUnavailable, StoreUnavailable, OSError)

_log = EventLog("chatbox.reading")


class Reader(Protocol):
    """What reads one file: the sandbox."""

    async def read(self, path: Path, kind: Kind, *, options: ReadOptions, on_progress: Progress) -> ReadResult: ...


@dataclass(slots=True)
class _Place:
    """Where in a file its reader is."""

    done: int = 0
    of: int = 0

    def move(self, done: int, of: int) -> None:
        self.done, self.of = done, of


@dataclass(slots=True)
class Reading:
    """The queue, and as many readers as `at_once`. `folder` is for the bytes of files while they are read."""

    db: Database
    storage: Storage
    reader: Reader
    supervisor: Supervisor
    options: ReadOptions
    folder: Path
    at_once: int
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _here: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _dispatcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(_make_empty, self.folder)
        self._dispatcher = self.supervisor.spawn(self._dispatch_forever(), name="reading: dispatch")

    async def leave(self) -> None:
        """Stop reading; what was begun waits again, for this server's next start or another instance."""
        tasks = [task for task in (self._dispatcher, *self._here.values()) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVE_SECONDS)

    def wake(self) -> None:
        """Say that there is something to read."""
        self._awake.set()

    def stop(self, object_id: UUID) -> None:
        """Stop reading an object, if it is read here; elsewhere the next heartbeat finds that the claim is gone."""
        task = self._here.get(object_id)
        if task is not None:
            task.cancel()

    async def next_end(self, seconds: float) -> None:
        """Return when some reading has ended here, at the latest after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    async def _dispatch_forever(self) -> None:
        slots = asyncio.Semaphore(self.at_once)
        while True:
            await slots.acquire()
            claim = await self._next()
            task = self.supervisor.spawn(self._take(claim), name=f"reading: {claim.object_id}")
            self._here[claim.object_id] = task
            task.add_done_callback(partial(self._has_ended, claim.object_id, slots))

    def _has_ended(self, object_id: UUID, slots: asyncio.Semaphore, _task: asyncio.Task[None]) -> None:
        self._here.pop(object_id, None)
        slots.release()
        self._ended.set()  # wakes those who wait at this moment
        self._ended.clear()

    async def _next(self) -> Claim:
        """Wait for the next file that is to be read here."""
        while True:
            try:
                async with self.db.begin() as tx:
                    if claim := await reading_store.claim_next(tx, new_id(), SILENT, MOST_ATTEMPTS):
                        return claim
                    await reading_store.give_up(tx, SILENT, MOST_ATTEMPTS, FileTooComplex.code)
            except StoreUnavailable:
                _log.warning("reading waits for postgres")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._awake.wait()
            self._awake.clear()

    async def _take(self, claim: Claim) -> None:
        began = time.monotonic()
        try:
            outcome = await self._read(claim)
        except asyncio.CancelledError:
            await self._write(reading_store.put_back, claim)
            raise
        except _AWAY as error:
            _log.warning("reading was put off", object_id=claim.object_id, why=type(error).__name__)
            await asyncio.sleep(_AWAY_SECONDS)
            await self._write(reading_store.put_back, claim)
            self.wake()
        else:
            seconds = round(time.monotonic() - began, 3)
            _log.info("file read", object_id=claim.object_id, kind=claim.kind, outcome=outcome, seconds=seconds)

    async def _read(self, claim: Claim) -> str:
        """Read a file and store what came of it; says what that was."""
        place = _Place()
        try:
            async with self._heartbeat(claim, place), self._folder() as folder:
                options = replace(self.options, filename=claim.filename, folder=folder)
                kind = kinds.of(cast("KindName", claim.kind))
                path = folder / "file"
                if kind.is_readable or kind.is_container:  # else there is no need for its bytes to say so
                    kind = await self._fetch(claim, path)
                result = await self.reader.read(path, kind, options=options, on_progress=place.move)
                view_key = await self._store_view(claim, result.view)
        except (ReadFailed, ObjectMissing) as error:
            code = error.code if isinstance(error, ReadFailed) else FileContentMissing.code
            async with self.db.begin() as tx:
                await reading_store.fail(tx, claim, code)
            return code
        return await self._store(claim, result, view_key)

    async def _fetch(self, claim: Claim, path: Path) -> Kind:
        """Bring the bytes to `path`; what they seem to be."""
        file = await asyncio.to_thread(path.open, "wb")
        try:
            async with aclosing(self.storage.read(claim.storage_key)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        return kinds.sniff(await asyncio.to_thread(_head_of, path), claim.filename)

    async def _store_view(self, claim: Claim, view: Path | None) -> str | None:
        """Put the small picture into the storage. Its key is garbage until the outcome is stored."""
        if view is None:
            return None
        key = f"users/{claim.owner_id}/derived/{new_id()}{view.suffix}"
        async with self.db.begin() as tx:
            await store.expect_object(tx, key)
        content = await asyncio.to_thread(view.read_bytes)
        await self.storage.put(key, _once(content), mime_type=view_type(key))
        return key

    async def _store(self, claim: Claim, result: ReadResult, view_key: str | None) -> str:
        text = _storable(result.text)
        columns: dict[str, object] = {
            "text": text,
            "characters": len(text),
            "marks": [asdict(mark) for mark in _settled(result.marks, len(text))],
            "meta": _meta(result),
        }
        kind = result.kind.name
        mime_type = None if kind == claim.kind else kinds.of(kind).mime_type
        async with self.db.begin() as tx:
            outcome = reading_store.Outcome(kind, mime_type, view_key, columns)
            if not await reading_store.finish(tx, claim, outcome):
                return "lost"  # the view is garbage as it stands
            if view_key is not None and not await store.keep_object(tx, view_key):
                raise StorageUnavailable
        return "ready"

    @asynccontextmanager
    async def _heartbeat(self, claim: Claim, place: _Place) -> AsyncGenerator[None]:
        reader = asyncio.current_task()
        assert reader is not None
        beating = self.supervisor.spawn(self._beat(claim, place, reader), name=f"reading: heart of {claim.object_id}")
        try:
            yield
        finally:
            beating.cancel()

    async def _beat(self, claim: Claim, place: _Place, reader: asyncio.Task[None]) -> None:
        """Say that the reader is alive, and end it when somebody else has its claim, or the file is gone."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with suppress(StoreUnavailable):
                async with self.db.begin() as tx:
                    is_ours = await reading_store.beat(tx, claim, place.done, place.of)
                if not is_ours:
                    reader.cancel()
                    return

    @asynccontextmanager
    async def _folder(self) -> AsyncGenerator[Path]:
        """A folder for one reading."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.folder))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _write(self, change: Callable[[Transaction, Claim], Awaitable[bool]], claim: Claim) -> None:
        """Write while we leave, at most for a moment; if that fails, others find the claim silent."""
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS), self.db.begin() as tx:
                await change(tx, claim)


def view_type(view_key: str) -> str:
    """The type of a view, which its key ends with."""
    return _VIEW_TYPES.get(PurePosixPath(view_key).suffix, "image/jpeg")


def _make_empty(folder: Path) -> None:
    """Make the folder, and remove what processes that were killed left in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    old = time.time() - _LITTER_SECONDS
    for left in folder.iterdir():
        with suppress(OSError):
            if left.stat().st_mtime < old:  # another instance may be using the younger ones
                shutil.rmtree(left, ignore_errors=True)


def _head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(kinds.HEAD_BYTES)


async def _once(content: bytes) -> AsyncGenerator[bytes]:
    yield content


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def _settled(marks: tuple[Mark, ...], length: int) -> list[Mark]:
    """The marks in order and within the text, whatever the process said."""
    within = [replace(mark, start=min(max(mark.start, 0), length), label=_storable(mark.label)) for mark in marks]
    return sorted(within, key=lambda mark: mark.start)


def _meta(result: ReadResult) -> dict[str, object]:
    meta = result.meta
    return {
        "title": _storable(meta.title) if meta.title else None,
        "author": _storable(meta.author) if meta.author else None,
        "pages": None if meta.pages is None else min(max(meta.pages, 0), _MOST_PAGES),
        "words": meta.words,
        "notes": [_storable(note) for note in meta.notes],
    }
