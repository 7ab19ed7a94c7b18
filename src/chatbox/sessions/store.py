"""Every SQL statement about chat sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update

from chatbox.kernel.db import Transaction, driver
from chatbox.sessions.tables import ChatSession


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions a list shows; None means either."""

    query: str | None
    pinned: bool | None
    archived: bool | None
    before: tuple[datetime, UUID] | None


async def add(tx: Transaction, session: ChatSession) -> ChatSession:
    tx.add(session)
    await tx.flush()
    await tx.refresh(session)
    return session


async def count(tx: Transaction, owner_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(ChatSession).where(ChatSession.owner_id == owner_id)) or 0


_COLUMNS = """
id, name, is_named, type, model, system_prompt, settings, folder, tags, pinned, archived, active_leaf_id, created_at,
updated_at
"""

SessionRow = dict[str, Any]

_FIND = f"SELECT {_COLUMNS} FROM chat_sessions WHERE id = $1 AND owner_id = $2"  # noqa: S608 - the names above
_SET_LEAF = f"""
UPDATE chat_sessions SET active_leaf_id = $2, updated_at = now(), name = coalesce($3, name)
WHERE id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608 - the names above


async def find(tx: Transaction, owner_id: UUID, session_id: UUID) -> SessionRow | None:
    """The columns of a session, `is_named` among them."""
    return _row(await driver(tx).fetchrow(_FIND, session_id, owner_id))


def _row(record: Mapping[str, Any] | None) -> SessionRow | None:
    return dict(record) if record else None


async def list_page(tx: Transaction, owner_id: UUID, wanted: Filter, limit: int) -> Sequence[ChatSession]:
    statement = select(ChatSession).where(ChatSession.owner_id == owner_id)
    if wanted.query:
        escaped = wanted.query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(ChatSession.name.ilike(f"%{escaped}%"))
    if wanted.pinned is not None:
        statement = statement.where(ChatSession.pinned == wanted.pinned)
    if wanted.archived is not None:
        statement = statement.where(ChatSession.archived == wanted.archived)
    if wanted.before is not None:
        statement = statement.where(tuple_(ChatSession.updated_at, ChatSession.id) < tuple_(*wanted.before))
    statement = statement.order_by(ChatSession.updated_at.desc(), ChatSession.id.desc()).limit(limit)
    return (await tx.scalars(statement)).all()


async def change(tx: Transaction, owner_id: UUID, session_id: UUID, values: Mapping[str, object]) -> ChatSession | None:
    statement = (
        update(ChatSession)
        .where(ChatSession.id == session_id, ChatSession.owner_id == owner_id)
        .values(**values)
        .returning(ChatSession)
    )
    return await tx.scalar(statement)


async def set_title(tx: Transaction, session_id: UUID, name: str) -> ChatSession | None:
    """Give the session a made title, unless a person named it meanwhile."""
    statement = (
        update(ChatSession)
        .where(ChatSession.id == session_id, ChatSession.is_named.is_(False))
        .values(name=name)
        .returning(ChatSession)
    )
    return await tx.scalar(statement)


async def set_leaf(tx: Transaction, session_id: UUID, leaf_id: UUID | None, *, name: str | None) -> SessionRow | None:
    """Move the active path to end at `leaf_id`, and rename if there is a `name`; the session counts as used now."""
    return _row(await driver(tx).fetchrow(_SET_LEAF, session_id, leaf_id, name))


async def remove(tx: Transaction, owner_id: UUID, session_id: UUID) -> bool:
    statement = (
        delete(ChatSession)
        .where(ChatSession.id == session_id, ChatSession.owner_id == owner_id)
        .returning(ChatSession.id)
    )
    return await tx.scalar(statement) is not None
