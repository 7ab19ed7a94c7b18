"""What a person can do with chat sessions and the branches of their messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from chatbox.kernel.db import Database, Transaction, repeated_after_deadlock
from chatbox.kernel.ids import new_id
from chatbox.kernel.wire import Page, Paging
from chatbox.sessions import message_store, store, tree
from chatbox.sessions.cursor import read_cursor, write_cursor
from chatbox.sessions.errors import MessageNotFound, MessageStillRunning, SessionNotFound, TooManySessions
from chatbox.sessions.port import Announcer
from chatbox.sessions.schemas import FileUseOut, SessionNew, SessionOut, SessionPatch
from chatbox.sessions.tables import ChatSession

MOST_SESSIONS = 100_000


@dataclass(frozen=True, slots=True)
class SessionList:
    items: list[SessionOut]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ListWish:
    """Which sessions a person wants to see; None means either."""

    limit: int
    cursor: str | None = None
    query: str | None = None
    pinned: bool | None = None
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """Chat sessions of every person. Another person's session is not found."""

    db: Database
    announcer: Announcer

    async def create(self, owner_id: UUID, new: SessionNew, *, unnamed: str) -> SessionOut:
        """`unnamed` is the name, in the person's language, of a session that has none yet."""
        async with self.announcer.writing() as writing:
            if await store.count(writing.tx, owner_id) >= MOST_SESSIONS:
                raise TooManySessions(limit=MOST_SESSIONS)
            session = ChatSession(
                id=new_id(),
                owner_id=owner_id,
                name=new.name or unnamed,
                is_named=new.name is not None,
                model=new.model,
                system_prompt=new.system_prompt,
                settings=new.settings.model_dump(exclude_none=True),
                folder=new.folder,
                tags=new.tags,
            )
            shown = SessionOut.model_validate(await store.add(writing.tx, session))
            writing.session_created(session.id)
            return shown

    async def listed(self, owner_id: UUID, wish: ListWish) -> SessionList:
        before = read_cursor(wish.cursor) if wish.cursor else None
        wanted = store.Filter(wish.query, wish.pinned, wish.archived, before)
        async with self.db.begin() as tx:
            rows = await store.list_page(tx, owner_id, wanted, wish.limit + 1)
        shown = rows[: wish.limit]
        cursor = write_cursor(shown[-1].updated_at, shown[-1].id) if len(rows) > wish.limit else None
        return SessionList([SessionOut.model_validate(row) for row in shown], cursor)

    async def get(self, owner_id: UUID, session_id: UUID) -> SessionOut:
        async with self.db.begin() as tx:
            return await self.get_in(tx, owner_id, session_id)

    async def get_in(self, tx: Transaction, owner_id: UUID, session_id: UUID) -> SessionOut:
        """Raises `SessionNotFound`, for another person's session too."""
        return (await self.look_in(tx, owner_id, session_id))[0]

    async def look_in(self, tx: Transaction, owner_id: UUID, session_id: UUID) -> tuple[SessionOut, bool]:
        """The session, and whether a person named it. Raises `SessionNotFound`, for another person's session too."""
        row = await store.find(tx, owner_id, session_id)
        if row is None:
            raise SessionNotFound
        return SessionOut.model_validate(row), row["is_named"]

    async def change(self, owner_id: UUID, session_id: UUID, patch: SessionPatch) -> SessionOut:
        values = _changes(patch)
        async with self.announcer.writing() as writing:
            if not values:
                return await self.get_in(writing.tx, owner_id, session_id)
            await writing.lock(session_id)
            session = await store.change(writing.tx, owner_id, session_id, values)
            if session is None:
                raise SessionNotFound
            shown = SessionOut.model_validate(session)
            await writing.session_updated(session_id, shown)
            return shown

    @repeated_after_deadlock
    async def delete(self, owner_id: UUID, session_id: UUID) -> None:
        """Remove the session with all its messages; an answer that is being written ends with it."""
        async with self.announcer.writing() as writing:
            await writing.lock(session_id)
            if not await store.remove(writing.tx, owner_id, session_id):
                raise SessionNotFound
            writing.session_deleted(session_id)

    async def window(
        self, tx: Transaction, session: SessionOut, *, limit: int, cursor: str | None, whole_tree: bool
    ) -> tree.Window:
        """A page of the active path (newest first page, `cursor` leads up), or of the whole tree in order of making."""
        if whole_tree:
            return await tree.page_of_all(tx, session.id, cursor, limit)
        leaf = tree.parse_cursor(cursor) or session.active_leaf_id
        return await tree.window(tx, session.id, leaf, limit)

    async def switch(self, owner_id: UUID, session_id: UUID, message_id: UUID) -> SessionOut:
        """Make the branch through `message_id` the active path."""
        async with self.announcer.writing() as writing:
            await writing.lock(session_id)
            await self.get_in(writing.tx, owner_id, session_id)
            await tree.get(writing.tx, session_id, message_id)
            leaf = await tree.newest_leaf_below(writing.tx, session_id, message_id)
            shown = await self.move_leaf(writing.tx, session_id, leaf)
            await writing.session_updated(session_id, shown)
            return shown

    @repeated_after_deadlock
    async def delete_message(self, owner_id: UUID, session_id: UUID, message_id: UUID) -> SessionOut:
        """Remove a message and everything below it. Raises `MessageStillRunning` while any of it is being written."""
        async with self.announcer.writing() as writing:
            tx = writing.tx
            await writing.lock(session_id)
            session = await self.get_in(tx, owner_id, session_id)
            message = await message_store.find(tx, session_id, message_id)
            if message is None:
                raise MessageNotFound
            doomed = await message_store.subtree(tx, session_id, message_id)
            if any(status in {"queued", "streaming"} for _, status in doomed):
                raise MessageStillRunning
            ids = [doomed_id for doomed_id, _ in doomed]
            await message_store.remove(tx, ids)
            shown = session
            if session.active_leaf_id in ids:
                shown = await self.move_leaf(tx, session_id, await _leaf_without(tx, session_id, message.parent_id))
            await writing.session_updated(session_id, shown, ids)
            return shown

    async def uses_of_file(self, owner_id: UUID, file_id: UUID, paging: Paging) -> Page[FileUseOut]:
        """The messages that carry a file, newest first; none for another person's file."""
        before = tree.parse_cursor(paging.cursor)
        async with self.db.begin() as tx:
            rows = await message_store.uses_of_file(tx, owner_id, file_id, before, paging.limit + 1)
        shown = [FileUseOut.model_validate(row) for row in rows[: paging.limit]]
        return Page(items=shown, next_cursor=str(shown[-1].message_id) if len(rows) > paging.limit else None)

    async def move_leaf(
        self, tx: Transaction, session_id: UUID, leaf_id: UUID | None, *, name: str | None = None
    ) -> SessionOut:
        """End the active path at `leaf_id`, and rename if there is a `name`; the session counts as used now.

        Raises `SessionNotFound`.
        """
        row = await store.set_leaf(tx, session_id, leaf_id, name=name)
        if row is None:
            raise SessionNotFound
        return SessionOut.model_validate(row)

    async def set_title(self, tx: Transaction, session_id: UUID, name: str) -> SessionOut | None:
        """Give a session a made title; None when a person named it, or it is gone."""
        session = await store.set_title(tx, session_id, name)
        return SessionOut.model_validate(session) if session else None


async def _leaf_without(tx: Transaction, session_id: UUID, parent_id: UUID | None) -> UUID | None:
    """Where the path goes once a branch is gone: down the newest branch left at the fork, else it ends there."""
    other = await tree.newest_child(tx, session_id, parent_id)
    return await tree.newest_leaf_below(tx, session_id, other) if other else parent_id


def _changes(patch: SessionPatch) -> Mapping[str, object]:
    values = patch.model_dump(exclude_unset=True)
    for name in ("pinned", "archived", "tags", "name", "settings"):
        if name in values and values[name] is None:
            del values[name]
    if patch.settings is not None and "settings" in values:
        values["settings"] = patch.settings.model_dump(exclude_none=True)
    if "name" in values:
        values["is_named"] = True
    return values
