"""Every SQL statement about uploads on their way."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from chatbox.files.tables import Upload
from chatbox.kernel.db import Transaction
from chatbox.kernel.errors import NotSignedIn


async def add(tx: Transaction, upload: dict[str, Any]) -> None:
    """Raises `NotSignedIn` when the person was deleted meanwhile."""
    try:
        await tx.execute(insert(Upload).values(**upload))
    except IntegrityError as error:
        raise NotSignedIn from error


async def find(tx: Transaction, owner_id: UUID, upload_id: UUID) -> Upload | None:
    statement = select(Upload).where(
        Upload.id == upload_id, Upload.owner_id == owner_id, Upload.expires_at > func.now()
    )
    return await tx.scalar(statement)


async def count(tx: Transaction, owner_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(Upload).where(Upload.owner_id == owner_id)) or 0


async def add_part(tx: Transaction, upload_id: UUID, key: str, *, start: int, size: int) -> bool:
    """Note that a part has arrived. False when the upload does not stand at `start` (any more)."""
    statement = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.received == start)
        .values(received=start + size, parts=Upload.parts.concat([{"key": key, "size": size}]))
    )
    return await tx.scalar(statement.returning(Upload.id)) is not None


async def remove(tx: Transaction, owner_id: UUID, upload_id: UUID) -> bool:
    """Forget an upload; a trigger leaves its parts to the sweeper."""
    statement = delete(Upload).where(Upload.id == upload_id, Upload.owner_id == owner_id)
    return await tx.scalar(statement.returning(Upload.id)) is not None


async def remove_expired(tx: Transaction, most: int) -> Sequence[UUID]:
    some = select(Upload.id).where(Upload.expires_at < func.now()).limit(most).with_for_update(skip_locked=True)
    return (await tx.scalars(delete(Upload).where(Upload.id.in_(some)).returning(Upload.id))).all()
