"""The SQL of the queue of files to be read: who is next, who is alive, what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from chatbox.files.tables import File, FileObject, FileText
from chatbox.kernel.db import Transaction


@dataclass(frozen=True, slots=True)
class Claim:
    """An object that this process reads. `id` is good as long as nobody else has claimed it since."""

    id: UUID
    object_id: UUID
    owner_id: UUID
    storage_key: str
    kind: str
    filename: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read. `mime_type` is None when it stays as it was; `text` has the columns of `FileText`."""

    kind: str
    mime_type: str | None
    view_key: str | None
    text: dict[str, object]


async def claim_next(tx: Transaction, claim_id: UUID, silent_for: timedelta, most_attempts: int) -> Claim | None:
    """Take the next object: of the person who was served longest ago, the one that waits longest.

    One whose reader has been silent for `silent_for` waits again.
    """
    other = aliased(FileObject)
    last_served = (
        select(func.max(other.begun_at)).where(other.owner_id == FileObject.owner_id).correlate(FileObject)
    ).scalar_subquery()
    is_abandoned = (FileObject.state == "reading") & (FileObject.heartbeat_at < func.now() - silent_for)
    waiting = (
        select(FileObject.id)
        .where(or_(FileObject.state == "queued", is_abandoned & (FileObject.attempts < most_attempts)))
        .order_by(last_served.nulls_first(), FileObject.queued_at, FileObject.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=FileObject)
    )
    filename = select(File.filename).where(File.object_id == FileObject.id).order_by(File.id).limit(1)
    taken = (
        update(FileObject)
        .where(FileObject.id == waiting.scalar_subquery())
        .values(
            state="reading",
            claim_id=claim_id,
            attempts=FileObject.attempts + 1,
            begun_at=func.clock_timestamp(),
            heartbeat_at=func.now(),
            progress=0,
            progress_of=0,
        )
        .returning(
            FileObject.id,
            FileObject.owner_id,
            FileObject.storage_key,
            FileObject.kind,
            func.coalesce(filename.scalar_subquery(), "").label("filename"),
            FileObject.attempts,
        )
    )
    row = (await tx.execute(taken)).first()
    return Claim(claim_id, *row) if row else None


async def give_up(tx: Transaction, silent_for: timedelta, most_attempts: int, problem_code: str) -> int:
    """End those that were tried `most_attempts` times, each time by a process that died over it."""
    statement = (
        update(FileObject)
        .where(
            FileObject.state == "reading",
            FileObject.heartbeat_at < func.now() - silent_for,
            FileObject.attempts >= most_attempts,
        )
        .values(state="failed", problem_code=problem_code, claim_id=None)
        .returning(FileObject.id)
    )
    return len((await tx.scalars(statement)).all())


async def beat(tx: Transaction, claim: Claim, done: int, of: int) -> bool:
    """Say that the reader is alive and how far it is. False when it has lost its claim."""
    return await _change(tx, claim, heartbeat_at=func.now(), progress=done, progress_of=of)


async def put_back(tx: Transaction, claim: Claim) -> bool:
    """Let another read it: this process is leaving, which is no fault of the file."""
    return await _change(tx, claim, state="queued", claim_id=None, attempts=FileObject.attempts - 1)


async def fail(tx: Transaction, claim: Claim, problem_code: str) -> bool:
    return await _change(tx, claim, state="failed", claim_id=None, problem_code=problem_code)


async def finish(tx: Transaction, claim: Claim, outcome: Outcome) -> bool:
    """Store what was read. False when the claim is lost."""
    values: dict[str, Any] = {"kind": outcome.kind, "view_key": outcome.view_key, "problem_code": None}
    if outcome.mime_type is not None:
        values["mime_type"] = outcome.mime_type
    if not await _change(tx, claim, state="ready", claim_id=None, **values):
        return False
    await tx.execute(delete(FileText).where(FileText.object_id == claim.object_id))
    await tx.execute(insert(FileText).values(object_id=claim.object_id, **outcome.text))
    return True


async def _change(tx: Transaction, claim: Claim, **values: Any) -> bool:
    statement = (
        update(FileObject)
        .where(FileObject.id == claim.object_id, FileObject.claim_id == claim.id)
        .values(**values)
        .returning(FileObject.id)
    )
    return await tx.scalar(statement) is not None
