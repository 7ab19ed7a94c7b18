"""The words that every way of getting or losing access shares."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args
from uuid import UUID

Scope = Literal["read", "write", "chat", "admin"]
EVERY_SCOPE: frozenset[str] = frozenset(get_args(Scope))

_LONGEST_USER_AGENT = 300
_LONGEST_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: the peer's IP address and what its program calls itself."""

    address: str
    user_agent: str

    @classmethod
    def at(cls, address: str | None, user_agent: str | None) -> "Visitor":
        """From untrusted headers: cut to what is stored; an unknown address (a unix socket) is `local`."""
        return cls((address or "local")[:_LONGEST_ADDRESS], (user_agent or "")[:_LONGEST_USER_AGENT])


class OnAccessLost(Protocol):
    """Called after the commit that took access away, so that open sockets can be closed at once.

    With a `sign_in_id` or an `api_key_id` only that one lost access; with neither, everything of the user did.
    It only spreads the word: it must be quick and must not raise, and sockets also look for themselves now and then.
    """

    async def __call__(self, user_id: UUID, sign_in_id: UUID | None, api_key_id: UUID | None) -> None: ...
