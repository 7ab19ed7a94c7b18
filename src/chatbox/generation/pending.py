"""What running answers have said since the last commit, with neighbouring pieces of text joined."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from chatbox.generation.batch_store import Batch
from chatbox.kernel.ids import new_id

# A joined piece is cut here, so that one event stays small enough to send, store and replay without a hiccup.
LARGEST_PIECE = 32 * 1024
# Past this much waiting in one process, answers wait too: PostgreSQL is away or slower than the models.
MOST_WAITING = 64 * 1024 * 1024
# What an event costs beside its text, roughly and in bytes, so that many tiny ones are bounded too.
_EVENT_SIZE = 300

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
    """The events of one run that wait for the next commit."""

    session_id: UUID
    events: list[Piece | tuple[str, bytes]] = field(default_factory=list)


class Pending:
    """Everything that waits for the next commit of this process, by run: two of them may share a session for a moment,
    when one has lost its fence and does not know it yet."""

    def __init__(self) -> None:
        self._by_run: dict[UUID, Waiting] = {}
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
        if not text:
            return
        events = self._events(session_id, generation_id)
        last = events[-1] if events else None
        if (
            isinstance(last, Piece)
            and last.type == kind
            and last.prefix == prefix
            and last.size + len(text) <= LARGEST_PIECE
        ):
            last.texts.append(text)
            last.size += len(text)
            self._grow(len(text))
            return
        for start in range(0, len(text), LARGEST_PIECE):
            piece = text[start : start + LARGEST_PIECE]
            events.append(Piece(kind, prefix, [piece], len(piece)))
            self._grow(len(piece) + _EVENT_SIZE)

    def add_event(self, session_id: UUID, generation_id: UUID, kind: str, data: bytes) -> None:
        self._events(session_id, generation_id).append((kind, data))
        self._grow(len(data) + _EVENT_SIZE)

    def holds(self, generation_id: UUID) -> bool:
        return generation_id in self._by_run

    def take(self) -> dict[UUID, Waiting]:
        """Everything that waits, by run; the store starts anew."""
        taken = self._by_run
        self._by_run = {}
        self._size = 0
        self.filled.clear()
        self._has_room.set()
        return taken

    def _events(self, session_id: UUID, generation_id: UUID) -> list[Piece | tuple[str, bytes]]:
        waiting = self._by_run.get(generation_id)
        if waiting is None:
            waiting = self._by_run[generation_id] = Waiting(session_id)
        return waiting.events

    def _grow(self, size: int) -> None:
        self._size += size
        self.filled.set()


def encode(taken: dict[UUID, Waiting]) -> Batch:
    """The commit for what was taken; every event is encoded here, once."""
    batch = Batch(new_id(), [], [], [], [], [], [], [])
    for generation_id, waiting in taken.items():
        batch.sessions.append(waiting.session_id)
        batch.generations.append(generation_id)
        batch.counts.append(len(waiting.events))
        for place, event in enumerate(waiting.events, 1):
            kind, data = (event.type, event.encode()) if isinstance(event, Piece) else event
            batch.event_generations.append(generation_id)
            batch.places.append(place)
            batch.types.append(kind)
            batch.data.append(data)
    return batch
