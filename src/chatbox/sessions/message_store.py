"""Every SQL statement about messages and the tree they form."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from chatbox.kernel.db import Transaction
from chatbox.sessions.tables import Message

_COLUMNS = (
    Message.id,
    Message.session_id,
    Message.parent_id,
    Message.role,
    Message.content_parts,
    Message.model,
    Message.status,
    Message.usage,
    Message.finish_reason,
    Message.generation_id,
    Message.timestamp,
)

MessageRow = Row[Any]


async def add(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    await tx.execute(insert(Message), [dict(row) for row in rows])


async def find(tx: Transaction, session_id: UUID, message_id: UUID) -> MessageRow | None:
    statement = select(*_COLUMNS).where(Message.id == message_id, Message.session_id == session_id)
    return (await tx.execute(statement)).first()


_PATH = text(
    """
    WITH RECURSIVE path AS (
      SELECT id, parent_id, 1 AS depth FROM messages WHERE id = :leaf AND session_id = :session_id
      UNION ALL
      SELECT m.id, m.parent_id, p.depth + 1 FROM messages m JOIN path p ON m.id = p.parent_id WHERE p.depth < :most
    )
    SELECT id FROM path ORDER BY depth
    """
).bindparams(bindparam("leaf", type_=UUID_TYPE()), bindparam("session_id", type_=UUID_TYPE()))


async def path_ids(tx: Transaction, session_id: UUID, leaf_id: UUID, most: int) -> list[UUID]:
    """Ids from `leaf_id` towards the root, at most `most`; the cost is that of the window, not of the session."""
    rows = await tx.execute(_PATH, {"leaf": leaf_id, "session_id": session_id, "most": most})
    return [row.id for row in rows]


async def by_ids(tx: Transaction, session_id: UUID, ids: Sequence[UUID]) -> dict[UUID, MessageRow]:
    statement = select(*_COLUMNS).where(Message.session_id == session_id, Message.id == func.any(list(ids)))
    return {row.id: row for row in await tx.execute(statement)}


async def tree_page(tx: Transaction, session_id: UUID, after: UUID | None, limit: int) -> Sequence[MessageRow]:
    """All messages of a session in the order they were made."""
    statement = select(*_COLUMNS).where(Message.session_id == session_id)
    if after is not None:
        statement = statement.where(Message.id > after)
    return (await tx.execute(statement.order_by(Message.id).limit(limit))).all()


async def children(
    tx: Transaction, session_id: UUID, parent_ids: Collection[UUID | None]
) -> dict[UUID | None, list[UUID]]:
    """The messages right below each parent, oldest first; None stands for the first messages of the session."""
    found: dict[UUID | None, list[UUID]] = {parent_id: [] for parent_id in parent_ids}
    # Two statements, because neither "= ANY" nor an index finds a null.
    inner = Message.parent_id == func.any([parent_id for parent_id in parent_ids if parent_id])
    conditions = [inner, Message.parent_id.is_(None)] if None in found else [inner]
    for condition in conditions:
        statement = select(Message.parent_id, Message.id).where(Message.session_id == session_id, condition)
        for parent_id, message_id in await tx.execute(statement.order_by(Message.id)):
            found[parent_id].append(message_id)
    return found


async def count(tx: Transaction, session_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(Message).where(Message.session_id == session_id)) or 0


async def change(tx: Transaction, message_id: UUID, values: Mapping[str, object]) -> None:
    await tx.execute(update(Message).where(Message.id == message_id).values(**values))


_BELOW = text(
    """
    WITH RECURSIVE below AS (
      SELECT id, status FROM messages WHERE id = :top AND session_id = :session_id
      UNION ALL
      SELECT m.id, m.status FROM messages m JOIN below b ON m.parent_id = b.id
    )
    SELECT id, status FROM below
    """
).bindparams(bindparam("top", type_=UUID_TYPE()), bindparam("session_id", type_=UUID_TYPE()))


async def subtree(tx: Transaction, session_id: UUID, message_id: UUID) -> list[tuple[UUID, str]]:
    """(id, status) of a message and everything below it."""
    rows = await tx.execute(_BELOW, {"top": message_id, "session_id": session_id})
    return [(row.id, row.status) for row in rows]


async def newest_leaf(tx: Transaction, session_id: UUID, message_id: UUID) -> UUID:
    """The end of the path that goes down from a message, taking the newest child at each fork."""
    statement = text(
        """
        WITH RECURSIVE down AS (
          SELECT CAST(:top AS uuid) AS id, 1 AS depth
          UNION ALL
          SELECT (SELECT m.id FROM messages m WHERE m.session_id = :session_id AND m.parent_id = d.id
                  ORDER BY m.id DESC LIMIT 1), d.depth + 1
          FROM down d WHERE d.id IS NOT NULL
        )
        SELECT id FROM down WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1
        """
    ).bindparams(bindparam("session_id", type_=UUID_TYPE()))
    leaf: UUID = (await tx.execute(statement, {"top": message_id, "session_id": session_id})).scalar_one()
    return leaf


async def remove(tx: Transaction, message_ids: Sequence[UUID]) -> None:
    await tx.execute(delete(Message).where(Message.id == func.any(list(message_ids))))
