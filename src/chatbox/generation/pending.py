"""What running answers have said since the last commit, with neighbouring pieces of text joined."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from chatbox.generation.store import Batch
from chatbox.kernel.ids import new_id

# A joined piece is cut here, so that one event stays small enough to send, store and replay without a hiccup.
LARGEST_PIECE = 32 * 1024
# Past this many characters waiting in one process, answers wait too: PostgreSQL is away or slower than the models.
MOST_WAITING = 64 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Piece:
    """An event in the making: `prefix` is its encoded data up to the text, which grows until the commit."""

    type: str
    prefix: bytes
    texts: list[str]
    size: int

    def encode(self) -> bytes:
        return self.prefix + _encode("".join(self.texts)) + b"}"


@dataclass(slots=True)
class Waiting:
    """The events of one session's running answer that wait for the next commit."""

    generation_id: UUID
    events: list[Piece | tuple[str, bytes]] = field(default_factory=list)
    size: int = 0


class Pending:
    """Everything that waits for the next commit of this process, by session."""

    def __init__(self) -> None:
        self._by_session: dict[UUID, Waiting] = {}
        self._size = 0
        self.filled = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Wait while too much is waiting already."""
        if self._size > MOST_WAITING:
            self._has_room.clear()
            await self._has_room.wait()

    def add_text(self, session_id: UUID, generation_id: UUID, kind: str, prefix: bytes, text: str) -> None:
        """Add a piece of text, joined to the last event when that has the same `kind` and `prefix`."""
        waiting = self._waiting(session_id, generation_id)
        size = len(text)
        last = waiting.events[-1] if waiting.events else None
        if (
            isinstance(last, Piece)
            and last.type == kind
            and last.prefix == prefix
            and last.size + size <= LARGEST_PIECE
        ):
            last.texts.append(text)
            last.size += size
        else:
            for start in range(0, size, LARGEST_PIECE):
                piece = text[start : start + LARGEST_PIECE]
                waiting.events.append(Piece(kind, prefix, [piece], len(piece)))
        self._grow(waiting, size)

    def add_event(self, session_id: UUID, generation_id: UUID, kind: str, data: bytes) -> None:
        waiting = self._waiting(session_id, generation_id)
        waiting.events.append((kind, data))
        self._grow(waiting, len(data))

    def holds(self, session_id: UUID) -> bool:
        return session_id in self._by_session

    def take(self) -> dict[UUID, Waiting]:
        """Everything that waits, in the order of session ids; the store starts anew."""
        taken = dict(sorted(self._by_session.items()))
        self._by_session = {}
        self._size = 0
        self.filled.clear()
        self._has_room.set()
        return taken

    def _waiting(self, session_id: UUID, generation_id: UUID) -> Waiting:
        waiting = self._by_session.get(session_id)
        if waiting is None or waiting.generation_id != generation_id:
            # Another run's rest can only be one that lost its fence: it would be refused anyway.
            waiting = self._by_session[session_id] = Waiting(generation_id)
        return waiting

    def _grow(self, waiting: Waiting, size: int) -> None:
        waiting.size += size
        self._size += size
        self.filled.set()


def encode(taken: dict[UUID, Waiting]) -> Batch:
    """The commit for what was taken; every event is encoded here, once."""
    batch = Batch(new_id(), [], [], [], [], [], [], [])
    for session_id, waiting in taken.items():
        batch.sessions.append(session_id)
        batch.generations.append(waiting.generation_id)
        batch.counts.append(len(waiting.events))
        for place, event in enumerate(waiting.events, 1):
            kind, data = (event.type, event.encode()) if isinstance(event, Piece) else event
            batch.event_sessions.append(session_id)
            batch.places.append(place)
            batch.types.append(kind)
            batch.data.append(data)
    return batch
