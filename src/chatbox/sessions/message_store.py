"""Every SQL statement about messages and the tree they form."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from chatbox.kernel.db import Transaction, driver
from chatbox.sessions.tables import ChatSession, Message, MessageFile

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

_ADDED = ("id", "parent_id", "role", "content_parts", "model", "status", "generation_id")


# Every turn runs these, and building a statement costs more than running it: they are built once.
_CHILDREN = (
    select(Message.parent_id, Message.id)
    .where(
        Message.session_id == bindparam("session_id"),
        Message.parent_id == func.any(bindparam("parent_ids", type_=ARRAY(UUID_TYPE()))),
    )
    .order_by(Message.id)
)
_ROOTS = (
    select(Message.parent_id, Message.id)
    .where(Message.session_id == bindparam("session_id"), Message.parent_id.is_(None))
    .order_by(Message.id)
)


_ADD = """
WITH new AS (
  INSERT INTO messages (id, session_id, parent_id, role, content_parts, model, status, generation_id, timestamp)
  SELECT m.id, $1, m.parent_id, m.role, m.content_parts, m.model, m.status, m.generation_id, $2
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::text[], $8::text[], $9::uuid[])
    AS m(id, parent_id, role, content_parts, model, status, generation_id)
)
SELECT parent_id, id FROM messages WHERE session_id = $1 AND parent_id = ANY($4::uuid[])
UNION ALL
SELECT parent_id, id FROM messages WHERE $10 AND session_id = $1 AND parent_id IS NULL
ORDER BY id
"""


async def add(
    tx: Transaction, session_id: UUID, rows: Sequence[Mapping[str, Any]], at: datetime
) -> dict[UUID | None, list[UUID]]:
    """Insert messages. Returns what is now right below each of their parents, oldest first, like `children`."""
    columns = [[row[name] for row in rows] for name in _ADDED]
    columns[_ADDED.index("content_parts")] = [msgspec.json.encode(row["content_parts"]).decode() for row in rows]
    has_root = any(row["parent_id"] is None for row in rows)
    below: dict[UUID | None, list[UUID]] = {row["parent_id"]: [] for row in rows}
    for parent_id, message_id in await driver(tx).fetch(_ADD, session_id, at, *columns, has_root):
        below[parent_id].append(message_id)
    for row in rows:
        below[row["parent_id"]].append(row["id"])
    return below


async def add_files(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Note which messages carry which files; the files must be there."""
    await tx.execute(insert(MessageFile), [dict(row) for row in rows])


async def uses_of_file(
    tx: Transaction, owner_id: UUID, file_id: UUID, before: UUID | None, limit: int
) -> Sequence[Row[UUID, str, UUID, datetime]]:
    """Where a file stands, newest message first."""
    statement = (
        select(
            Message.session_id,
            ChatSession.name.label("session_name"),
            Message.id.label("message_id"),
            Message.timestamp.label("created_at"),
        )
        .join(MessageFile, MessageFile.message_id == Message.id)
        .join(ChatSession, ChatSession.id == Message.session_id)
        .where(MessageFile.file_id == file_id, ChatSession.owner_id == owner_id)
    )
    if before is not None:
        statement = statement.where(Message.id < before)
    return (await tx.execute(statement.order_by(Message.id.desc()).limit(limit))).all()


async def find(tx: Transaction, session_id: UUID, message_id: UUID) -> MessageRow | None:
    statement = select(*_COLUMNS).where(Message.id == message_id, Message.session_id == session_id)
    return (await tx.execute(statement)).first()


_step = (
    select(*_COLUMNS, literal(1).label("depth"))
    .where(Message.id == bindparam("leaf_id"), Message.session_id == bindparam("session_id"))
    .cte("path", recursive=True)
)
_above = select(*_COLUMNS, _step.c.depth + 1).where(Message.id == _step.c.parent_id, _step.c.depth < bindparam("most"))
_path = _step.union_all(_above)
_PATH = select(_path).order_by(_path.c.depth)


async def path(tx: Transaction, session_id: UUID, leaf_id: UUID, most: int) -> Sequence[MessageRow]:
    """Messages from `leaf_id` towards the root, at most `most`; the cost is that of the window, not of the session."""
    values = {"leaf_id": leaf_id, "session_id": session_id, "most": most}
    return (await tx.execute(_PATH, values)).all()


_PAST = """
WITH RECURSIVE past AS (
  SELECT id, parent_id, role, content_parts, 1 AS depth FROM messages WHERE id = $1 AND session_id = $2
  UNION ALL
  SELECT m.id, m.parent_id, m.role, m.content_parts, past.depth + 1
  FROM messages m JOIN past ON m.id = past.parent_id WHERE past.depth < $3
)
SELECT id, parent_id, role, content_parts FROM past ORDER BY depth
"""


async def past(tx: Transaction, session_id: UUID, leaf_id: UUID, most: int) -> Sequence[Mapping[str, Any]]:
    """The same as `path`, with nothing but id, parent, role and parts."""
    rows: Sequence[Mapping[str, Any]] = await driver(tx).fetch(_PAST, leaf_id, session_id, most)
    return rows


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
    inner = [parent_id for parent_id in parent_ids if parent_id]
    rows: list[Row[UUID | None, UUID]] = []
    # Two statements, because neither "= ANY" nor an index finds a null.
    if inner:
        rows += (await tx.execute(_CHILDREN, {"session_id": session_id, "parent_ids": inner})).all()
    if None in found:
        rows += (await tx.execute(_ROOTS, {"session_id": session_id})).all()
    for parent_id, message_id in rows:
        found[parent_id].append(message_id)
    return found


async def has_more_than(tx: Transaction, session_id: UUID, number: int) -> bool:
    statement = select(Message.id).where(Message.session_id == session_id).offset(number).limit(1)
    return await tx.scalar(statement) is not None


_END = (
    update(Message)
    .where(Message.id == bindparam("message_id"))
    .values(
        content_parts=bindparam("new_parts"),
        status=bindparam("new_status"),
        usage=bindparam("new_usage"),
        finish_reason=bindparam("new_reason"),
        price=bindparam("new_price"),
    )
    .execution_options(synchronize_session=False)
)


async def end(tx: Transaction, message_id: UUID, values: Mapping[str, object]) -> None:
    """Write how an answer ended: `new_parts`, `new_status`, `new_usage`, `new_reason`, `new_price`."""
    await tx.execute(_END, {"message_id": message_id, **values})


async def change(tx: Transaction, message_id: UUID, values: Mapping[str, object]) -> None:
    await tx.execute(update(Message).where(Message.id == message_id).values(**values))


_FILES_ABOVE = text(
    """
    WITH RECURSIVE above AS (
      SELECT id, parent_id, 1 AS depth FROM messages
      WHERE id = :bottom AND session_id = :session_id
        AND EXISTS (SELECT 1 FROM message_files WHERE session_id = :session_id)
      UNION ALL
      SELECT m.id, m.parent_id, a.depth + 1 FROM messages m JOIN above a ON m.id = a.parent_id WHERE a.depth < :most
    )
    SELECT f.file_id FROM above a JOIN message_files f ON f.message_id = a.id
    GROUP BY f.file_id ORDER BY min(a.depth) LIMIT :limit
    """
).bindparams(bindparam("bottom", type_=UUID_TYPE()), bindparam("session_id", type_=UUID_TYPE()))


async def files_above(tx: Transaction, session_id: UUID, message_id: UUID, *, most: int, limit: int) -> list[UUID]:
    """The files of a message and of those above it, at most `most` of them; the nearest first, at most `limit`."""
    values = {"bottom": message_id, "session_id": session_id, "most": most, "limit": limit}
    return [row.file_id for row in await tx.execute(_FILES_ABOVE, values)]


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
