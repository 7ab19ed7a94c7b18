"""Every SQL statement about files and the objects behind them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Select, Uuid, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from chatbox.files.tables import File, FileObject, FileText, Garbage, Upload
from chatbox.kernel.db import Transaction
from chatbox.kernel.errors import NotSignedIn

# So long an upload may take; past it what it left is garbage.
UPLOAD_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files a list shows; None means all."""

    query: str | None
    kinds: Sequence[str] | None
    before: UUID | None


@dataclass(frozen=True, slots=True)
class NewObject:
    """Bytes that are in the storage already."""

    storage_key: str
    sha256: bytes
    size: int
    kind: str
    mime_type: str


FileRow = Row[Any]

_COLUMNS = (
    File.id,
    File.owner_id,
    File.object_id,
    File.filename,
    File.purpose,
    File.uses,
    File.created_at,
    FileObject.size,
    FileObject.storage_key,
    FileObject.kind,
    FileObject.mime_type,
    FileObject.state,
    FileObject.progress,
    FileObject.progress_of,
    FileObject.problem_code,
    FileObject.view_key,
    FileText.characters,
    FileText.meta["pages"].astext.cast(Integer).label("pages"),
)


# Of 20,000 marks few are wanted, so they are chosen here. Empty pages at the end of a text begin behind its letters.
_TEXT_RANGE = text(
    """
    SELECT substr(t.text, :start + 1, :length) AS part, t.characters, t.meta, (
      SELECT coalesce(jsonb_agg(mark ORDER BY place), '[]')
      FROM (
        SELECT mark, place, at, max(place) FILTER (WHERE at <= :start) OVER () AS begun
        FROM jsonb_array_elements(t.marks) WITH ORDINALITY AS marked (mark, place), CAST(mark ->> 'start' AS int) AS at
      ) AS known
      WHERE place = begun OR (at >= :start AND (at < :start + :length OR :start + :length >= t.characters))
    ) AS marks
    FROM file_texts t WHERE t.object_id = :object_id
    """
).bindparams(
    bindparam("object_id", type_=Uuid),
    bindparam("start", type_=Integer),
    bindparam("length", type_=Integer),
)


def _files() -> Select[tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join(FileObject, FileObject.id == File.object_id)
        .outerjoin(FileText, FileText.object_id == File.object_id)
    )


async def find(tx: Transaction, owner_id: UUID, file_id: UUID) -> FileRow | None:
    found: FileRow | None = (await tx.execute(_files().where(File.id == file_id, File.owner_id == owner_id))).first()
    return found


async def find_many(tx: Transaction, owner_id: UUID, ids: Collection[UUID]) -> Sequence[FileRow]:
    """Those of the files that there are, in no certain order."""
    found: Sequence[FileRow] = (await tx.execute(_files().where(File.id.in_(ids), File.owner_id == owner_id))).all()
    return found


async def hold(tx: Transaction, owner_id: UUID, ids: Sequence[UUID]) -> None:
    """Keep files from being deleted until this transaction ends; in one order for all, so that nobody locks up."""
    statement = select(File.id).where(File.id.in_(ids), File.owner_id == owner_id).order_by(File.id)
    await tx.execute(statement.with_for_update(key_share=True))


async def list_page(tx: Transaction, owner_id: UUID, wanted: Filter, limit: int) -> Sequence[FileRow]:
    """Newest first."""
    statement = _files().where(File.owner_id == owner_id)
    if wanted.query:
        escaped = wanted.query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(File.filename.ilike(f"%{escaped}%"))
    if wanted.kinds is not None:
        statement = statement.where(FileObject.kind.in_(wanted.kinds))
    if wanted.before is not None:
        statement = statement.where(File.id < wanted.before)
    found: Sequence[FileRow] = (await tx.execute(statement.order_by(File.id.desc()).limit(limit))).all()
    return found


async def remove(tx: Transaction, owner_id: UUID, file_id: UUID) -> bool:
    """Delete a file; the triggers see to its uses and its object."""
    statement = delete(File).where(File.id == file_id, File.owner_id == owner_id).returning(File.id)
    return await tx.scalar(statement) is not None


async def count(tx: Transaction, owner_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(File).where(File.owner_id == owner_id)) or 0


async def used_bytes(tx: Transaction, owner_id: UUID) -> int:
    """What a person's objects take, and what their uploads on the way have been promised."""
    objects = select(func.coalesce(func.sum(FileObject.size), 0)).where(FileObject.owner_id == owner_id)
    uploads = select(func.coalesce(func.sum(Upload.size), 0)).where(Upload.owner_id == owner_id)
    return int(await tx.scalar(select(objects.scalar_subquery() + uploads.scalar_subquery())) or 0)


async def lock_owner(tx: Transaction, owner_id: UUID) -> None:
    """Let one transaction at a time decide whether a person has room for more."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"files of {owner_id.hex}"}
    )


async def find_object(tx: Transaction, owner_id: UUID, sha256: bytes) -> UUID | None:
    """The object with these bytes, kept from going away until the transaction ends."""
    statement = select(FileObject.id).where(FileObject.owner_id == owner_id, FileObject.sha256 == sha256)
    return await tx.scalar(statement.with_for_update(key_share=True))


async def add_object(tx: Transaction, object_id: UUID, owner_id: UUID, new: NewObject) -> None:
    """Raises `NotSignedIn` when the person was deleted meanwhile."""
    statement = insert(FileObject).values(
        id=object_id,
        owner_id=owner_id,
        sha256=new.sha256,
        size=new.size,
        storage_key=new.storage_key,
        kind=new.kind,
        mime_type=new.mime_type,
        state="queued",
    )
    try:
        await tx.execute(statement)
    except IntegrityError as error:
        raise NotSignedIn from error


async def add_file(
    tx: Transaction, file_id: UUID, owner_id: UUID, *, object_id: UUID, filename: str, purpose: str
) -> None:
    await tx.execute(
        insert(File).values(id=file_id, owner_id=owner_id, object_id=object_id, filename=filename, purpose=purpose)
    )


async def expect_object(tx: Transaction, storage_key: str) -> None:
    """Note a key that is about to be written, so that it is found again if nobody comes back to it."""
    await tx.execute(insert(Garbage).values(storage_key=storage_key, not_before=func.now() + UPLOAD_LIFE))


async def keep_object(tx: Transaction, storage_key: str) -> bool:
    """Take a key out of the garbage, for a row that names it from now on. False when it is being swept up."""
    statement = delete(Garbage).where(Garbage.storage_key == storage_key, Garbage.is_doomed.is_(False))
    return await tx.scalar(statement.returning(Garbage.storage_key)) is not None


async def discard(tx: Transaction, storage_key: str) -> None:
    """Leave a key to the sweeper, now."""
    statement = upsert(Garbage).values(storage_key=storage_key, not_before=func.now())
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[Garbage.storage_key], set_={"not_before": func.now()})
    )


async def text_range(tx: Transaction, object_id: UUID, start: int, length: int) -> FileRow | None:
    """A part of the text that was read, with the marks in it, and the one that it begins in."""
    given = {"object_id": object_id, "start": start, "length": length}
    return (await tx.execute(_TEXT_RANGE, given)).first()


async def whole_text(tx: Transaction, owner_id: UUID, file_id: UUID) -> FileRow | None:
    statement = select(FileText.text, FileText.marks).join(File, File.object_id == FileText.object_id)
    return (await tx.execute(statement.where(File.id == file_id, File.owner_id == owner_id))).first()


async def states(tx: Transaction, owner_id: UUID, ids: Collection[UUID]) -> Sequence[str]:
    statement = select(FileObject.state).join(File, File.object_id == FileObject.id)
    return (await tx.scalars(statement.where(File.id.in_(ids), File.owner_id == owner_id))).all()


async def queue_again(tx: Transaction, object_id: UUID) -> bool:
    """Let a file be read anew, if it could not be read before."""
    statement = (
        update(FileObject)
        .where(FileObject.id == object_id, FileObject.state == "failed")
        .values(state="queued", problem_code=None, attempts=0, progress=0, progress_of=0, queued_at=func.now())
    )
    return await tx.scalar(statement.returning(FileObject.id)) is not None


async def stop_reading(tx: Transaction, object_id: UUID, problem_code: str) -> bool:
    """End a reading that waits or runs; whoever reads it has lost the claim."""
    statement = (
        update(FileObject)
        .where(FileObject.id == object_id, FileObject.state.in_(("queued", "reading")))
        .values(state="failed", problem_code=problem_code, claim_id=None)
    )
    return await tx.scalar(statement.returning(FileObject.id)) is not None
