"""Uploads that survive a broken connection (tus 1.0.0), and uploads that go straight to the storage.

A resumable upload arrives as parts, objects of their own. Its last piece is acknowledged only with the finished file:
a server that dies while it joins the parts has lost that piece alone, and the sender sends it again.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chatbox.accounts.file_limits import MEGABYTE
from chatbox.files import store, upload_store
from chatbox.files.errors import (
    DirectUploadNotOffered,
    TooManyUploads,
    UploadBroken,
    UploadInTooManyParts,
    UploadNotArrived,
    UploadNotAsDeclared,
    UploadNotFound,
    UploadOffsetWrong,
)
from chatbox.files.intake import Held, Intake, Wanted
from chatbox.files.tables import Upload
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.ids import new_id
from chatbox.kernel.storage.port import ObjectMissing, Storage, UploadForm

PART_BYTES = 5 * MEGABYTE
MOST_PARTS = 2000
MOST_UPLOADS_OF_ONE = 100
FORM_SECONDS = 3600
_ANY_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an upload is. One that is complete has its file, and does not expire."""

    id: UUID
    offset: int
    size: int
    metadata_header: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """What is going to be sent. `sha256` and `mime_type` are compared with what arrives, if it goes past us."""

    filename: str
    purpose: str
    size: int
    metadata_header: str = ""
    mime_type: str = ""
    sha256: bytes | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The verbs of uploads. Another person's is not found."""

    db: Database
    storage: Storage
    intake: Intake

    async def begin(self, owner_id: UUID, announced: Announced) -> Standing:
        """Promise room for an upload. Raises `FileTooLarge`, `FileQuotaReached`, `TooManyUploads`."""
        expires_at = await self._promise(owner_id, announced, "resumable", [])
        if not announced.size:
            await self._finish(await self._get(owner_id, announced.id), [])
        return Standing(announced.id, 0, announced.size, announced.metadata_header, expires_at)

    async def find(self, owner_id: UUID, upload_id: UUID) -> Standing:
        """How far an upload is, be it complete. Raises `UploadNotFound`."""
        async with self.db.begin() as tx:
            upload = await upload_store.find(tx, owner_id, upload_id)
            file = None if upload else await store.find(tx, owner_id, upload_id)
        if file is not None:
            return Standing(upload_id, file.size, file.size)
        if upload is None or upload.kind != "resumable":
            raise UploadNotFound
        return Standing(upload_id, upload.received, upload.size, upload.metadata_header, upload.expires_at)

    async def append(self, owner_id: UUID, upload_id: UUID, offset: int, body: AsyncIterator[bytes]) -> Standing:
        """Take in what `body` brings from `offset` on. What arrived before it broke off is kept.

        Raises `UploadNotFound`, `UploadOffsetWrong`, `UploadBroken`, `StorageUnavailable`, `UploadInTooManyParts`.
        """
        standing = await self.find(owner_id, upload_id)
        if offset != standing.offset:
            raise UploadOffsetWrong(offset=standing.offset)
        async with aclosing(_pieces(body, standing.size - offset)) as pieces:
            async for piece in pieces:
                upload = await self._get(owner_id, upload_id)
                if offset != upload.received:
                    raise UploadOffsetWrong(offset=upload.received)
                offset += sum(map(len, piece))
                if offset == upload.size:
                    await self._finish(upload, piece)
                    break
                await self._add_part(upload, piece)
        return await self.find(owner_id, upload_id)

    async def end(self, owner_id: UUID, upload_id: UUID) -> None:
        """Give an upload up; what arrived is deleted. Raises `UploadNotFound`."""
        async with self.db.begin() as tx:
            if not await upload_store.remove(tx, owner_id, upload_id):
                raise UploadNotFound
        self.intake.on_discarded()

    async def begin_direct(self, owner_id: UUID, announced: Announced) -> tuple[UUID, UploadForm]:
        """A form that sends the bytes straight to the storage. `complete_direct` makes a file of them.

        Raises `DirectUploadNotOffered`, and what `begin` does.
        """
        key = f"uploads/{announced.id}/direct"
        form = await self.storage.upload_form(
            key, size=announced.size, mime_type=announced.mime_type or _ANY_TYPE, seconds=FORM_SECONDS
        )
        if form is None:
            raise DirectUploadNotOffered
        await self._promise(owner_id, announced, "direct", [{"key": key, "size": announced.size}])
        return announced.id, form

    async def complete_direct(self, owner_id: UUID, upload_id: UUID) -> None:
        """Make a file of what was sent, if it is what was announced; else delete it.

        The bytes are copied to where nobody can write any more: the form stays good for an hour. Raises
        `UploadNotFound`, `UploadNotArrived`, `UploadNotAsDeclared`, `FileQuotaReached`, `StorageUnavailable`.
        """
        upload = await self._get(owner_id, upload_id, kind="direct")
        try:
            if await self.storage.size(upload.parts[0]["key"]) != upload.size:
                raise UploadNotAsDeclared
            async with (
                self.intake.turn(owner_id),
                self.intake.holding(_wanted(upload), self._joined(upload, [])) as held,
            ):
                if not _is_as_declared(upload, held):
                    raise UploadNotAsDeclared
                await self.intake.keep(held, upload_id=upload_id)
        except ObjectMissing as error:
            raise UploadNotArrived from error
        except UploadNotAsDeclared:
            await self.end(owner_id, upload_id)
            raise

    async def _promise(
        self, owner_id: UUID, announced: Announced, kind: str, parts: list[dict[str, object]]
    ) -> datetime:
        expires_at = utc_now() + store.UPLOAD_LIFE
        async with self.db.begin() as tx:
            await store.lock_owner(tx, owner_id)
            await self.intake.check_room(tx, owner_id, announced.size)
            if await upload_store.count(tx, owner_id) >= MOST_UPLOADS_OF_ONE:
                raise TooManyUploads
            row = {
                "id": announced.id,
                "owner_id": owner_id,
                "kind": kind,
                "filename": announced.filename,
                "purpose": announced.purpose,
                "mime_type": announced.mime_type,
                "metadata_header": announced.metadata_header,
                "size": announced.size,
                "parts": parts,
                "sha256": announced.sha256,
                "expires_at": expires_at,
            }
            await upload_store.add(tx, row)
        return expires_at

    async def _get(self, owner_id: UUID, upload_id: UUID, kind: str = "resumable") -> Upload:
        async with self.db.begin() as tx:
            upload = await upload_store.find(tx, owner_id, upload_id)
        if upload is None or upload.kind != kind:
            raise UploadNotFound
        return upload

    async def _add_part(self, upload: Upload, piece: list[bytes]) -> None:
        """Store a part, unless another connection was faster."""
        if len(upload.parts) >= MOST_PARTS:
            raise UploadInTooManyParts(limit=MOST_PARTS)
        size = sum(map(len, piece))
        key = f"uploads/{upload.id}/{len(upload.parts)}-{new_id()}"
        async with self.db.begin() as tx:
            await store.expect_object(tx, key)
        await self.storage.put(key, _each(piece), mime_type=_ANY_TYPE)
        async with self.db.begin() as tx:
            if not await upload_store.add_part(tx, upload.id, key, start=upload.received, size=size):
                raise UploadOffsetWrong(offset=upload.received)
            if not await store.keep_object(tx, key):
                raise StorageUnavailable

    async def _finish(self, upload: Upload, last: list[bytes]) -> None:
        """Join the parts and the last piece to the file, and forget the upload in the same transaction."""
        try:
            async with self.intake.holding(_wanted(upload), self._joined(upload, last)) as held:
                if held.new.size != upload.size:
                    raise UploadNotFound
                await self.intake.keep(held, upload_id=upload.id)
        except ObjectMissing as error:  # its parts were swept up: it has expired
            raise UploadNotFound from error
        self.intake.on_discarded()

    async def _joined(self, upload: Upload, last: list[bytes]) -> AsyncGenerator[bytes]:
        for part in upload.parts:
            async with aclosing(self.storage.read(part["key"])) as pieces:
                async for piece in pieces:
                    yield piece
        for piece in last:
            yield piece


async def _pieces(body: AsyncIterator[bytes], left: int) -> AsyncGenerator[list[bytes]]:
    """`body` in lists of `PART_BYTES` altogether, up to `left` bytes; what came before it broke off comes first."""
    gathered: list[bytes] = []
    broken: UploadBroken | None = None
    room = min(PART_BYTES, left)
    try:
        async for chunk in body:
            rest = memoryview(chunk)
            while rest and left:
                gathered.append(bytes(rest[:room]))
                taken = len(gathered[-1])
                rest, room, left = rest[taken:], room - taken, left - taken
                if not room:
                    yield gathered
                    gathered, room = [], min(PART_BYTES, left)
    except UploadBroken as error:
        broken = error
    if gathered:
        yield gathered
    if broken is not None:
        raise broken


async def _each(piece: list[bytes]) -> AsyncGenerator[bytes]:
    for chunk in piece:
        yield chunk


def _wanted(upload: Upload) -> Wanted:
    return Wanted(upload.owner_id, upload.filename, upload.purpose, upload.id)


def _is_as_declared(upload: Upload, held: Held) -> bool:
    is_same = held.new.size == upload.size and held.new.sha256 == upload.sha256
    return is_same and _is_type_possible(upload.mime_type, held.new.mime_type)


def _is_type_possible(declared: str, found: str) -> bool:
    """Whether a sender may have meant `found` by `declared`.

    Browsers take the type from the name, and call a table a spreadsheet and source code a video; nobody is deceived by
    that. A picture or a PDF must be one, and nothing else may be.
    """
    said = declared.partition(";")[0].strip().lower()
    return said in {"", _ANY_TYPE} or _plain_type(said) == _plain_type(found)


def _plain_type(mime_type: str) -> str:
    return "image" if mime_type.startswith("image/") else mime_type if mime_type == "application/pdf" else "other"
