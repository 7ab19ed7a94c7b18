"""Every SQL statement about chat sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, bindparam, delete, func, select, tuple_, update

from chatbox.kernel.db import Transaction
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


_COLUMNS = (
    ChatSession.id,
    ChatSession.name,
    ChatSession.is_named,
    ChatSession.type,
    ChatSession.model,
    ChatSession.system_prompt,
    ChatSession.settings,
    ChatSession.folder,
    ChatSession.tags,
    ChatSession.pinned,
    ChatSession.archived,
    ChatSession.active_leaf_id,
    ChatSession.created_at,
    ChatSession.updated_at,
)

SessionRow = Row[Any]

# Every turn runs these, and building a statement costs more than running it: they are built once.
_FIND = select(*_COLUMNS).where(
    ChatSession.id == bindparam("session_id"), ChatSession.owner_id == bindparam("owner_id")
)
_SET_LEAF = (
    update(ChatSession)
    .where(ChatSession.id == bindparam("session_id"))
    .values(
        active_leaf_id=bindparam("leaf_id"),
        updated_at=func.now(),
        name=func.coalesce(bindparam("new_name", type_=Text()), ChatSession.name),
    )
    .returning(*_COLUMNS)
    .execution_options(synchronize_session=False)
)


async def find(tx: Transaction, owner_id: UUID, session_id: UUID) -> SessionRow | None:
    """The columns of a session, `is_named` among them."""
    return (await tx.execute(_FIND, {"session_id": session_id, "owner_id": owner_id})).first()


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
    values = {"session_id": session_id, "leaf_id": leaf_id, "new_name": name}
    return (await tx.execute(_SET_LEAF, values)).first()


async def remove(tx: Transaction, owner_id: UUID, session_id: UUID) -> bool:
    statement = (
        delete(ChatSession)
        .where(ChatSession.id == session_id, ChatSession.owner_id == owner_id)
        .returning(ChatSession.id)
    )
    return await tx.scalar(statement) is not None
