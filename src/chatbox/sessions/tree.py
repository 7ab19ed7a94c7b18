"""The tree of a session's messages: read a window of a path, append, switch branches; verbs join a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Transaction
from chatbox.kernel.ids import new_id
from chatbox.sessions import message_store
from chatbox.sessions.errors import BadCursor, MessageNotFound, TooManyMessages
from chatbox.sessions.parts import StoredPart, file_ids_of
from chatbox.sessions.schemas import MessageOut, MessageStatus, Role

MOST_MESSAGES_IN_SESSION = 50_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be written."""

    session_id: UUID
    parent_id: UUID | None
    role: Role
    content_parts: Sequence[StoredPart]
    status: MessageStatus
    model: str | None = None
    generation_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class PastMessage:
    """What a prompt needs of a message; its parts as they are stored."""

    id: UUID
    parent_id: UUID | None
    role: Role
    content_parts: list[StoredPart]


@dataclass(frozen=True, slots=True)
class Window:
    """Messages of a path, oldest first, and the cursor for the ones above."""

    messages: list[MessageOut]
    next_cursor: str | None


async def append(tx: Transaction, drafts: Sequence[Draft]) -> list[MessageOut]:
    """Write messages of one session, parents before children, and which files they carry. Returns them as they are
    read back."""
    now = utc_now()
    siblings = await message_store.add(tx, drafts[0].session_id, [_row(draft) for draft in drafts], now)
    uses = [
        {"message_id": draft.id, "file_id": file_id, "session_id": draft.session_id}
        for draft in drafts
        for file_id in file_ids_of(draft.content_parts)
    ]
    if uses:
        # In one order for all: a use is counted in its file's row, and two who count must not wait for each other.
        await message_store.add_files(tx, sorted(uses, key=lambda use: str(use["file_id"])))
    return [
        MessageOut.model_validate(
            _row(draft)
            | {"timestamp": now, "usage": None, "finish_reason": None, "sibling_ids": siblings[draft.parent_id]}
        )
        for draft in drafts
    ]


def _row(draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "session_id": draft.session_id,
        "parent_id": draft.parent_id,
        "role": draft.role,
        "content_parts": list(draft.content_parts),
        "model": draft.model,
        "status": draft.status,
        "generation_id": draft.generation_id,
    }


async def check_room(tx: Transaction, session_id: UUID) -> None:
    """Raises `TooManyMessages` when the session is full."""
    if await message_store.has_more_than(tx, session_id, MOST_MESSAGES_IN_SESSION - 1):
        raise TooManyMessages(limit=MOST_MESSAGES_IN_SESSION)


async def get(tx: Transaction, session_id: UUID, message_id: UUID) -> MessageOut:
    """Raises `MessageNotFound`."""
    row = await message_store.find(tx, session_id, message_id)
    if row is None:
        raise MessageNotFound
    return (await _shown(tx, session_id, [row]))[0]


async def window(tx: Transaction, session_id: UUID, leaf_id: UUID | None, limit: int) -> Window:
    """The last `limit` messages of the path that ends at `leaf_id`."""
    if leaf_id is None:
        return Window([], None)
    rows = await message_store.path(tx, session_id, leaf_id, limit + 1)
    messages = await _shown(tx, session_id, rows[:limit][::-1])
    return Window(messages, str(rows[limit].id) if len(rows) > limit else None)


async def history(tx: Transaction, session_id: UUID, leaf_id: UUID, most: int) -> list[PastMessage]:
    """Messages from `leaf_id` towards the root, newest first, as a prompt needs them: without their siblings."""
    return [PastMessage(**row) for row in await message_store.past(tx, session_id, leaf_id, most)]


async def files_above(tx: Transaction, session_id: UUID, message_id: UUID, *, limit: int) -> list[UUID]:
    """The files that a message and those above it carry, the nearest first."""
    most = MOST_MESSAGES_IN_SESSION
    return await message_store.files_above(tx, session_id, message_id, most=most, limit=limit)


async def page_of_all(tx: Transaction, session_id: UUID, cursor: str | None, limit: int) -> Window:
    """All messages in the order they were made, a page at a time."""
    after = parse_cursor(cursor)
    rows = await message_store.tree_page(tx, session_id, after, limit + 1)
    messages = await _shown(tx, session_id, rows[:limit])
    return Window(messages, str(rows[limit - 1].id) if len(rows) > limit else None)


def parse_cursor(cursor: str | None) -> UUID | None:
    """A message's id as the cursor of a window. Raises `BadCursor`."""
    if cursor is None:
        return None
    try:
        return UUID(cursor)
    except ValueError as error:
        raise BadCursor from error


async def newest_leaf_below(tx: Transaction, session_id: UUID, message_id: UUID) -> UUID:
    """Where the branch through a message ends, taking the newest turn at each fork."""
    return await message_store.newest_leaf(tx, session_id, message_id)


async def newest_child(tx: Transaction, session_id: UUID, parent_id: UUID | None) -> UUID | None:
    below = (await message_store.children(tx, session_id, {parent_id}))[parent_id]
    return below[-1] if below else None


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer ended, as it is stored."""

    content_parts: Sequence[StoredPart]
    status: MessageStatus
    usage: Mapping[str, object] | None
    finish_reason: str | None
    price: Mapping[str, object] | None


async def end(tx: Transaction, message_id: UUID, ended: Ended) -> None:
    """Store the end of an answer."""
    values = {
        "new_parts": list(ended.content_parts),
        "new_status": ended.status,
        "new_usage": ended.usage,
        "new_reason": ended.finish_reason,
        "new_price": ended.price,
    }
    await message_store.end(tx, message_id, values)


async def change(tx: Transaction, message_id: UUID, values: Mapping[str, object]) -> None:
    await message_store.change(tx, message_id, values)


async def _shown(tx: Transaction, session_id: UUID, rows: Sequence[message_store.MessageRow]) -> list[MessageOut]:
    siblings = await message_store.children(tx, session_id, {row.parent_id for row in rows})
    return [
        MessageOut.model_validate({**row._mapping, "sibling_ids": siblings[row.parent_id]})  # noqa: SLF001 - public API of Row
        for row in rows
    ]
