"""Takes bytes in, however they come: streamed into the storage, measured and hashed on the way, then given a row.

The order makes a death at any moment harmless: the key is noted as garbage, the object is written, and one transaction
makes the rows and takes the note away. What dies before that is swept up.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from chatbox.accounts.file_limits import MEGABYTE, FileLimits
from chatbox.files import store, upload_store
from chatbox.files.errors import FileQuotaReached, FileTooLarge, TooManyUploads, UploadNotFound
from chatbox.files.names import key_extension
from chatbox.files.parsers.kinds import HEAD_BYTES, sniff
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.errors import AppError, StorageUnavailable
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.port import Storage

# The storage holds some 15 MB for each.
MOST_AT_ONCE_OF_ONE = 4
_LONGEST_WAIT_SECONDS = 60
_UNKNOWN_TYPE = "application/octet-stream"

_log = EventLog("chatbox.files")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file is to be called, and what it is for. `id` is the one it will have."""

    owner_id: UUID
    filename: str
    purpose: str
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes in the storage that no row names yet."""

    wanted: Wanted
    new: store.NewObject


@dataclass(slots=True)
class Intake:
    """Where every file enters. `limits` hold where admins chose no others; `on_queued` is told that there is something
    to read, `on_discarded` to sweep."""

    db: Database
    storage: Storage
    limits: FileLimits
    on_queued: Callable[[], None]
    on_discarded: Callable[[], None]
    _turns: dict[UUID, asyncio.Semaphore] = field(default_factory=dict)
    _taking: dict[UUID, int] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, owner_id: UUID) -> AsyncIterator[None]:
        """Wait until fewer than `MOST_AT_ONCE_OF_ONE` uploads of this person are on their way here.

        Raises `TooManyUploads` when that takes too long.
        """
        turns = self._turns.setdefault(owner_id, asyncio.Semaphore(MOST_AT_ONCE_OF_ONE))
        self._taking[owner_id] = self._taking.get(owner_id, 0) + 1
        try:
            try:
                async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                    await turns.acquire()
            except TimeoutError as error:
                raise TooManyUploads from error
            try:
                yield
            finally:
                turns.release()
        finally:
            self._taking[owner_id] -= 1
            if not self._taking[owner_id]:
                del self._taking[owner_id], self._turns[owner_id]

    async def largest(self) -> int:
        """How large one file may be now, in bytes."""
        async with self.db.begin() as tx:
            return (await self.limits.now(tx)).of_file

    async def check_room_now(self, owner_id: UUID, size: int) -> None:
        """Refuse early what would be refused in the end. Raises `FileTooLarge`, `FileQuotaReached`."""
        async with self.db.begin() as tx:
            await self.check_room(tx, owner_id, size)

    async def check_room(self, tx: Transaction, owner_id: UUID, size: int) -> None:
        """Raises `FileTooLarge`, `FileQuotaReached`. Binding only for who has locked the owner."""
        limits = await self.limits.now(tx)
        refuse_larger(size, limits.of_file)
        if await store.used_bytes(tx, owner_id) + size > limits.of_person:
            raise FileQuotaReached(megabytes=limits.file_quota_mb)

    @asynccontextmanager
    async def holding(self, wanted: Wanted, chunks: AsyncIterable[bytes]) -> AsyncIterator[Held]:
        """Write the bytes into the storage; if the block is refused something, they are left to the sweeper.

        Raises `FileTooLarge`, `StorageUnavailable`, and whatever `chunks` does.
        """
        held = await self._hold(wanted, chunks)
        try:
            yield held
        except AppError:
            await self.drop(held)
            raise

    async def _hold(self, wanted: Wanted, chunks: AsyncIterable[bytes]) -> Held:
        key = f"users/{wanted.owner_id}/{wanted.purpose}/{new_id()}.{key_extension(wanted.filename)}"
        async with self.db.begin() as tx:
            await store.expect_object(tx, key)
            meter = _Meter((await self.limits.now(tx)).of_file)
        async with aclosing(meter.measured(chunks)) as measured:
            await self.storage.put(key, measured, mime_type=_UNKNOWN_TYPE)
        kind = sniff(bytes(meter.head), wanted.filename)
        return Held(wanted, store.NewObject(key, meter.digest.digest(), meter.size, kind.name, kind.mime_type))

    async def keep(self, held: Held, *, upload_id: UUID | None = None) -> None:
        """Give held bytes their rows; bytes that the person has already get a second name only.

        The upload that promised them ends with it. Raises `FileQuotaReached`, `StorageUnavailable`, `NotSignedIn`.
        """
        wanted, new = held.wanted, held.new
        async with self.db.begin() as tx:
            await store.lock_owner(tx, wanted.owner_id)
            if upload_id is not None and not await upload_store.remove(tx, wanted.owner_id, upload_id):
                raise UploadNotFound
            known_id = await store.find_object(tx, wanted.owner_id, new.sha256)
            object_id = known_id or await self._add_object(tx, held)
            await store.add_file(
                tx, wanted.id, wanted.owner_id, object_id=object_id, filename=wanted.filename, purpose=wanted.purpose
            )
        if known_id:
            await self.drop(held)
        self.on_queued()
        _log.info(
            "file stored",
            file_id=wanted.id,
            owner_id=wanted.owner_id,
            size=new.size,
            kind=new.kind,
            known=bool(known_id),
        )

    async def move(self, held: Held, purpose: str) -> None:
        """Keep held bytes for another purpose than was thought, in the folder of that. Raises as `keep` does."""
        wanted = replace(held.wanted, purpose=purpose)
        async with self.holding(wanted, self.storage.read(held.new.storage_key)) as moved:
            await self.keep(moved)
        await self.drop(held)

    async def _add_object(self, tx: Transaction, held: Held) -> UUID:
        await self.check_room(tx, held.wanted.owner_id, held.new.size)
        if not await store.keep_object(tx, held.new.storage_key):
            raise StorageUnavailable
        object_id = new_id()
        await store.add_object(tx, object_id, held.wanted.owner_id, held.new)
        return object_id

    async def drop(self, held: Held) -> None:
        """Leave held bytes to the sweeper."""
        async with self.db.begin() as tx:
            await store.discard(tx, held.new.storage_key)
        self.on_discarded()


def refuse_larger(size: int, most: int) -> None:
    """Both in bytes. Raises `FileTooLarge`."""
    if size > most:
        raise FileTooLarge(megabytes=most // MEGABYTE)


class _Meter:
    """Counts, hashes and keeps the beginning of what passes through."""

    def __init__(self, most: int) -> None:
        self.size = 0
        self.head = bytearray()
        self.digest = hashlib.sha256()
        self._most = most

    async def measured(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
        """The same bytes in pieces of about a megabyte. Raises `FileTooLarge` as soon as there are too many."""
        loop = asyncio.get_running_loop()
        gathered: list[bytes] = []
        length = 0
        async for chunk in chunks:
            self.size += len(chunk)
            refuse_larger(self.size, self._most)
            self.head += chunk[: HEAD_BYTES - len(self.head)]
            gathered.append(chunk)
            length += len(chunk)
            if length >= MEGABYTE:
                piece = b"".join(gathered)
                gathered, length = [], 0
                # Hashed in a thread while the storage writes: a megabyte takes a millisecond or two.
                hashing = loop.run_in_executor(None, self.digest.update, piece)
                yield piece
                await hashing
        if gathered:
            piece = b"".join(gathered)
            await loop.run_in_executor(None, self.digest.update, piece)
            yield piece
