"""How a change to a session reaches everyone who follows it; the journal implements it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from chatbox.kernel.db import Transaction
from chatbox.sessions.schemas import SessionOut


class Announcing(Protocol):
    """A transaction whose announcements are sent once it is committed."""

    @property
    def tx(self) -> Transaction: ...

    async def lock(self, session_id: UUID) -> None: ...

    async def session_updated(
        self, session_id: UUID, session: SessionOut | None, deleted_ids: Sequence[UUID] = ()
    ) -> None: ...

    def session_created(self, session_id: UUID) -> None: ...

    def session_deleted(self, session_id: UUID) -> None: ...


class Announcer(Protocol):
    def writing(self) -> AbstractAsyncContextManager[Announcing]: ...
