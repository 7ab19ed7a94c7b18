"""What a person, and the chat for them, can do with files."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from chatbox.accounts.file_limits import FileLimits
from chatbox.files import store
from chatbox.files.attached import Attached, FileText
from chatbox.files.content import how_shown
from chatbox.files.errors import FileContentMissing, FileNotFound, FileNotRead, FileReadingStopped
from chatbox.files.links import Grant, Links
from chatbox.files.parsers.document import KindName, Mark
from chatbox.files.reading import Reading, view_type
from chatbox.kernel.db import Database, Transaction, repeated_after_deadlock
from chatbox.kernel.storage.port import ObjectMissing, Storage

FileGroup = Literal["image", "document", "table", "text", "other"]

_LOOK_SECONDS = 0.5
_GROUPS: Mapping[FileGroup, frozenset[KindName]] = {
    "image": frozenset({"image"}),
    "document": frozenset(
        {"pdf", "docx", "pptx", "odt", "odp", "epub", "eml", "doc", "ppt", "rtf", "encrypted_office"}
    ),
    "table": frozenset({"xlsx", "xls", "ods", "csv"}),
    "text": frozenset({"text", "markdown", "code", "html", "notebook"}),
    "other": frozenset({"archive", "audio", "video", "empty", "binary"}),
}


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file as its owner sees it. `progress` of `progress_of` pages, or the like, are read; `uses` counts messages."""

    attached: Attached
    object_id: UUID
    purpose: str
    uses: int
    progress: int
    progress_of: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TextRange:
    """A part of a file's text, from `start` up to `end` of `total` characters.

    `marks` are those within, and the one that it begins in.
    """

    text: str
    start: int
    end: int
    total: int
    marks: list[Mark]
    meta: dict[str, object]


@dataclass(frozen=True, slots=True)
class ListWish:
    """Which page of one's files."""

    query: str | None
    group: FileGroup | None
    before: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class Usage:
    """In bytes, but for `count`."""

    used: int
    quota: int
    upload_limit: int
    count: int


@dataclass(frozen=True, slots=True)
class Files:
    """The verbs of files. Whatever is another person's is not found. `limits` hold where admins chose no others."""

    db: Database
    storage: Storage
    links: Links
    limits: FileLimits
    reading: Reading
    on_discarded: Callable[[], None]

    async def get(self, owner_id: UUID, file_id: UUID) -> OwnFile:
        """Raises `FileNotFound`."""
        async with self.db.begin() as tx:
            return await _get(tx, owner_id, file_id)

    async def listed(self, owner_id: UUID, wish: ListWish) -> tuple[list[OwnFile], UUID | None]:
        """A page of files, newest first, and where the next one goes on."""
        kinds = sorted(_GROUPS[wish.group]) if wish.group else None
        async with self.db.begin() as tx:
            rows = await store.list_page(tx, owner_id, store.Filter(wish.query, kinds, wish.before), wish.limit + 1)
        shown = [_own(row) for row in rows[: wish.limit]]
        return shown, shown[-1].attached.id if len(rows) > wish.limit else None

    async def usage(self, owner_id: UUID) -> Usage:
        async with self.db.begin() as tx:
            used, count = await store.used_bytes(tx, owner_id), await store.count(tx, owner_id)
            limits = await self.limits.now(tx)
        return Usage(used, limits.of_person, limits.of_file, count)

    @repeated_after_deadlock
    async def delete(self, owner_id: UUID, file_id: UUID) -> None:
        """Messages that carry the file stay, without it. Raises `FileNotFound`."""
        async with self.db.begin() as tx:
            if not await store.remove(tx, owner_id, file_id):
                raise FileNotFound
        self.on_discarded()

    async def read_again(self, owner_id: UUID, file_id: UUID) -> OwnFile:
        """Try once more to read a file that could not be read; any other stays as it is. Raises `FileNotFound`."""
        async with self.db.begin() as tx:
            file = await _get(tx, owner_id, file_id)
            await store.queue_again(tx, file.object_id)
            file = await _get(tx, owner_id, file_id)
        self.reading.wake()
        return file

    async def stop_reading(self, owner_id: UUID, file_id: UUID) -> OwnFile:
        """Do not read this file, or no further. Raises `FileNotFound`."""
        async with self.db.begin() as tx:
            file = await _get(tx, owner_id, file_id)
            await store.stop_reading(tx, file.object_id, FileReadingStopped.code)
            file = await _get(tx, owner_id, file_id)
        self.reading.stop(file.object_id)
        return file

    async def text_range(self, owner_id: UUID, file_id: UUID, start: int, end: int) -> TextRange:
        """A part of what was read. Raises `FileNotFound`, `FileNotRead`."""
        async with self.db.begin() as tx:
            file = await _get(tx, owner_id, file_id)
            found = await store.text_range(tx, file.object_id, start, max(0, end - start))
        if found is None:
            raise FileNotRead
        begin = min(start, found.characters)
        marks = [Mark(**mark) for mark in found.marks]
        return TextRange(found.part, begin, begin + len(found.part), found.characters, marks, found.meta)

    async def opened(self, owner_id: UUID, file_id: UUID, *, as_view: bool, as_download: bool) -> tuple[Grant, int]:
        """Leave to read the file, or the small picture of it if there is one, and how many bytes that is.

        Raises `FileNotFound`, and `FileContentMissing` for a picture that is not in the storage.
        """
        file = (await self.get(owner_id, file_id)).attached
        if as_view and file.view_key is not None:
            grant = Grant(file.view_key, view_type(file.view_key), "inline", file.filename, 0)
            return grant, await self.size_of(file.view_key)
        kind = how_shown(file.mime_type, as_download=as_download)
        return Grant(file.storage_key, file.mime_type, kind, file.filename, 0), file.size

    async def size_of(self, storage_key: str) -> int:
        """Raises `FileContentMissing`."""
        try:
            return await self.storage.size(storage_key)
        except ObjectMissing as error:
            raise FileContentMissing from error

    async def url(self, attached: Attached) -> str:
        """An address that gives the bytes to whoever has it, for an hour."""
        kind = how_shown(attached.mime_type, as_download=False)
        return await self.links.make(
            attached.storage_key, mime_type=attached.mime_type, filename=attached.filename, kind=kind
        )

    async def view_url(self, attached: Attached) -> str | None:
        """The same for a small picture of it, if there is one."""
        if attached.view_key is None:
            return None
        mime_type = view_type(attached.view_key)
        return await self.links.make(attached.view_key, mime_type=mime_type, filename="view", kind="inline")

    # What follows is for the chat: see `attached.Library`.

    async def attached(self, tx: Transaction, owner_id: UUID, ids: Sequence[UUID]) -> list[Attached]:
        """The files, in the order of `ids`, kept from being deleted until `tx` ends. Raises `FileNotFound`."""
        if not ids:
            return []
        await store.hold(tx, owner_id, ids)
        found = await self.known(tx, owner_id, ids)
        if not found.keys() >= set(ids):
            raise FileNotFound
        return [found[file_id] for file_id in ids]

    async def known(self, tx: Transaction, owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Attached]:
        """Those of the files that there still are."""
        if not ids:
            return {}
        return {row.id: _attached(row) for row in await store.find_many(tx, owner_id, ids)}

    async def settled(self, owner_id: UUID, ids: Collection[UUID], *, seconds: float) -> None:
        """Wait until all of them are read, or cannot be; at most `seconds`, with no connection held meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                while ids and not await self._are_settled(owner_id, ids):
                    await self.reading.next_end(_LOOK_SECONDS)
        except TimeoutError:
            return

    async def _are_settled(self, owner_id: UUID, ids: Collection[UUID]) -> bool:
        async with self.db.begin() as tx:
            return not {"queued", "reading"} & set(await store.states(tx, owner_id, ids))

    async def text(self, owner_id: UUID, file_id: UUID) -> FileText | None:
        """All of the text; None when there is none, or no such file."""
        async with self.db.begin() as tx:
            found = await store.whole_text(tx, owner_id, file_id)
        return FileText(found.text, [Mark(**mark) for mark in found.marks]) if found else None

    async def read_bytes(self, key: str, *, most: int) -> bytes:
        """The first `most` bytes of a file or its view. Raises `ObjectMissing`, `StorageUnavailable`."""
        async with aclosing(self.storage.read(key, end=most)) as pieces:
            return b"".join([piece async for piece in pieces])


async def _get(tx: Transaction, owner_id: UUID, file_id: UUID) -> OwnFile:
    row = await store.find(tx, owner_id, file_id)
    if row is None:
        raise FileNotFound
    return _own(row)


def _own(row: store.FileRow) -> OwnFile:
    return OwnFile(
        attached=_attached(row),
        object_id=row.object_id,
        purpose=row.purpose,
        uses=row.uses,
        progress=row.progress,
        progress_of=row.progress_of,
        created_at=row.created_at,
    )


def _attached(row: store.FileRow) -> Attached:
    return Attached(
        id=row.id,
        filename=row.filename,
        mime_type=row.mime_type,
        kind=row.kind,
        size=row.size,
        status=row.state,
        characters=row.characters or 0,
        pages=row.pages,
        view_key=row.view_key,
        storage_key=row.storage_key,
        problem_code=row.problem_code,
    )
