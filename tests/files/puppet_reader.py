"""A reader of files in the hands of a test, and the queue that uses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from tests.support.app import DEADLINE_SECONDS
from tests.support.attached_files import Made, put_file

from chatbox.files.parsers.document import Mark, Meta, Progress
from chatbox.files.parsers.kinds import Kind
from chatbox.files.parsers.sandbox import ReadOptions, ReadResult
from chatbox.files.reading import Reading
from chatbox.kernel.db import Database
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.supervisor import Supervisor

NO_META = Meta(None, None, None, 0, ())


@dataclass
class PuppetReader:
    """Reads at once, unless it `waits`; says what it was given, in order."""

    text: str = "what was read"
    marks: tuple[Mark, ...] = ()
    meta: Meta = NO_META
    view: bytes | None = None
    failure: Exception | None = None
    waits: bool = False
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    progress: Progress = lambda done, of: None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, path: Path, kind: Kind, *, options: ReadOptions, on_progress: Progress) -> ReadResult:
        self.begun.append(options.filename)
        self.progress = on_progress
        self.has_begun.set()
        try:
            if self.waits:
                await self.go_on.wait()
            if self.failure is not None:
                raise self.failure
            view = None
            if self.view is not None and options.folder is not None:
                view = options.folder / "view.png"
                view.write_bytes(self.view)
            return ReadResult(self.text, self.marks, self.meta, kind, view)
        finally:
            self.ended.append(options.filename)


@dataclass
class Desk:
    """A database, a storage and whoever reads there."""

    db: Database
    storage: Storage
    folder: Path
    connection: "asyncpg.Connection[asyncpg.Record]"

    @asynccontextmanager
    async def reading(self, reader: PuppetReader, at_once: int = 1) -> AsyncIterator[Reading]:
        """One process's queue."""
        supervisor = Supervisor()
        queue = Reading(self.db, self.storage, reader, supervisor, ReadOptions(), self.folder / "reading", at_once)
        await queue.start()
        try:
            yield queue
        finally:
            await queue.leave()
            await supervisor.close()

    async def put(self, owner_id: UUID, name: str, kind: str = "text") -> UUID:
        """A file that waits to be read; the id of its object."""
        made = Made(name, kind, "text/plain", state="queued")
        file_id = await put_file(self.db, self.storage, owner_id, made)
        found: UUID = await self.connection.fetchval("SELECT object_id FROM files WHERE id = $1", UUID(file_id))
        return found

    async def row(self, object_id: UUID) -> dict[str, Any]:
        statement = "SELECT o.*, t.text, t.marks, t.meta FROM file_objects o LEFT JOIN file_texts t ON object_id = o.id"
        found = await self.connection.fetchrow(f"{statement} WHERE o.id = $1", object_id)
        return dict(found) if found else {}

    async def until(self, object_id: UUID, **wanted: object) -> dict[str, Any]:
        """Wait until the object's row is so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                row = await self.row(object_id)
                if wanted.items() <= row.items():
                    return row
                await asyncio.sleep(0.02)
