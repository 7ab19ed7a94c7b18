"""The open streams of this process, so that they end at once when their owner loses access or the server leaves."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chatbox.generation.control import AccessLost
from chatbox.kernel.errors import StoreUnavailable, TooManyRequests
from chatbox.kernel.supervisor import Supervisor
from chatbox.kernel.web import Principal

MOST_FOR_ONE_PERSON = 200
# Word of a lost access travels at once; this is for the word that got lost.
_CHECK_SECONDS = 10.0

Reason = Literal["access_lost", "leaving"]


class Gatekeeper(Protocol):
    """Knows who still may."""

    async def still_allowed(self, principals: Collection[Principal]) -> set[Principal]: ...


@dataclass(eq=False, slots=True)
class Connection:
    """One open stream; `closed` is set when it must end, and `reason` says why."""

    principal: Principal
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    reason: Reason | None = None
    _on_close: list[Callable[[], None]] = field(default_factory=list)

    def on_close(self, call: Callable[[], None]) -> None:
        """Have `call` called when the stream must end; at once when it must already."""
        if self.closed.is_set():
            call()
        self._on_close.append(call)

    def close(self, reason: Reason) -> None:
        if not self.closed.is_set():
            self.reason = reason
            self.closed.set()
            for call in self._on_close:
                call()


@dataclass(slots=True)
class Connections:
    """All open streams; `gatekeeper` is asked regularly whether their owners still may."""

    gatekeeper: Gatekeeper
    supervisor: Supervisor
    _open: set[Connection] = field(default_factory=set)
    _is_leaving: bool = False

    async def start(self) -> None:
        self.supervisor.spawn(self._check_forever(), name="connections: check")

    @contextmanager
    def opened(self, principal: Principal) -> Iterator[Connection]:
        """A connection for as long as the block lasts. Raises `TooManyRequests` when the person has too many."""
        if sum(1 for open_one in self._open if open_one.principal.id == principal.id) >= MOST_FOR_ONE_PERSON:
            raise TooManyRequests
        connection = Connection(principal)
        if self._is_leaving:
            connection.close("leaving")
        self._open.add(connection)
        try:
            yield connection
        finally:
            self._open.discard(connection)

    def access_lost(self, lost: AccessLost) -> None:
        """End every stream that rested on this access."""
        for connection in list(self._open):
            who = connection.principal
            if who.id != lost.user_id:
                continue
            named = {lost.sign_in_id, lost.api_key_id} - {None}
            if not named or named & {who.sign_in_id, who.api_key_id}:
                connection.close("access_lost")

    def leave(self) -> None:
        """End every stream because the server stops; clients come back to another instance, or later."""
        self._is_leaving = True
        for connection in list(self._open):
            connection.close("leaving")

    def count(self) -> int:
        return len(self._open)

    async def check(self) -> None:
        """Ask once whether those who are here still may be, and send away who may not."""
        principals = {connection.principal for connection in self._open}
        if not principals:
            return
        try:
            allowed = await self.gatekeeper.still_allowed(principals)
        except StoreUnavailable:
            return
        refused = principals - allowed
        for connection in list(self._open):
            if connection.principal in refused:
                connection.close("access_lost")

    async def _check_forever(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await self.check()
