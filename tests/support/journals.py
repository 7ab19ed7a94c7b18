"""Several instances of the journal in one process, on a bus that may lose, repeat, delay and reorder messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import text

from chatbox.generation.events import ServerEvent, SessionUpdated
from chatbox.generation.followers import Followers
from chatbox.generation.frame import Frame
from chatbox.generation.journal import Journal
from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.bus.port import Bus, Handler
from chatbox.kernel.db import Database
from chatbox.kernel.ids import new_id
from chatbox.kernel.supervisor import Supervisor

DEADLINE_SECONDS = 20.0

Fate = Literal["arrive", "lose", "repeat", "delay"]
MakeBus = Callable[[Supervisor, Database], Bus]


@dataclass
class Ether:
    """Joins the buses of a test; `fate` says what becomes of a message on its way to one hearer."""

    random: Random = field(default_factory=Random)
    fates: tuple[Fate, ...] = ("arrive",)
    buses: list["EtherBus"] = field(default_factory=list)
    _delayed: list[Callable[[], None]] = field(default_factory=list)

    def bus(self, _supervisor: Supervisor, _db: Database) -> "EtherBus":
        made = EtherBus(self)
        self.buses.append(made)
        return made

    def carry(self, sender: "EtherBus", topic: str, payload: bytes) -> None:
        for bus in self.buses:
            handler = bus.handlers.get(topic)
            if bus is sender or handler is None:
                continue
            fate = self.random.choice(self.fates)
            if fate == "delay":
                self._delayed.append(lambda handler=handler: handler(payload))  # type: ignore[misc] # binds now
            for _ in range({"arrive": 1, "repeat": 2}.get(fate, 0)):
                asyncio.get_running_loop().call_soon(handler, payload)

    def deliver_late(self) -> None:
        """Let what was delayed arrive now, in any order."""
        late, self._delayed = self._delayed, []
        self.random.shuffle(late)
        for deliver in late:
            deliver()


class EtherBus:
    """One instance's end of the ether."""

    reaches_others: ClassVar[bool] = True
    largest_payload: ClassVar[int] = 4000
    is_healthy = False  # so that nobody waits long for what the ether lost

    def __init__(self, ether: Ether) -> None:
        self._ether = ether
        self.handlers: dict[str, Handler] = {}

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to close."""

    def post(self, topic: str, payload: bytes) -> None:
        self._ether.carry(self, topic, payload)

    async def watch(self, topic: str, handler: Handler) -> None:
        await asyncio.sleep(0)
        self.handlers[topic] = handler

    def unwatch(self, topic: str) -> None:
        self.handlers.pop(topic, None)


@dataclass(frozen=True)
class Instance:
    """What one server process has of the journal."""

    id: UUID
    db: Database
    bus: Bus
    supervisor: Supervisor
    followers: Followers
    journal: Journal

    async def begin(self, session_id: UUID) -> UUID:
        """Make a run the one that may append to the session."""
        generation_id = new_id()
        async with self.journal.writing() as writing:
            writing.set_running(session_id, generation_id)
        return generation_id

    async def end(self, session_id: UUID) -> None:
        """Let no run append to the session any more."""
        async with self.journal.writing() as writing:
            writing.set_running(session_id, None)

    async def say(self, session_id: UUID, generation_id: UUID, words: str, kind: str = "stream_chunk") -> None:
        """Append text of a run; its event's data is `{"run": …, "chunk": …}`."""
        prefix = b'{"run":"%b","chunk":' % str(generation_id).encode()
        await self.journal.append_text(session_id, generation_id, kind=kind, prefix=prefix, text=words)

    async def tell(self, session_id: UUID, *events: ServerEvent) -> None:
        """Append events with a transaction, as the verbs do."""
        async with self.journal.writing() as writing:
            await writing.record(session_id, *(events or (QUIET_EVENT,)))


QUIET_EVENT = SessionUpdated(session=None, waiting=None, deleted_ids=[])


@asynccontextmanager
async def opened(db: Database, make_bus: MakeBus) -> AsyncIterator[Instance]:
    """An instance on `db`, which it closes in the end."""
    supervisor = Supervisor()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        stack.push_async_callback(supervisor.close)
        bus = make_bus(supervisor, db)
        await bus.start()
        stack.push_async_callback(bus.close)
        followers = Followers(db, bus, supervisor)
        journal = Journal(db, followers, supervisor)
        await followers.start()
        await journal.start()
        yield Instance(new_id(), db, bus, supervisor, followers, journal)


class Viewer:
    """Follows a session as a page does, and remembers every frame. While `reads` is clear it takes nothing more."""

    def __init__(self, instance: Instance, session_id: UUID, after: int | None, seen: Sequence[Frame] = ()) -> None:
        self.frames = list(seen)
        self.reads = asyncio.Event()
        self.reads.set()
        self.after = after
        self._instance = instance
        self._session_id = session_id
        self._came = asyncio.Condition()
        self._task = asyncio.create_task(self._follow())

    @property
    def position(self) -> int:
        return self.frames[-1].seq if self.frames else self.after or 0

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames]

    @property
    def is_done(self) -> bool:
        return self._task.done()

    async def reached(self, seq: int) -> None:
        """Wait until the event `seq`, or a later one, was seen."""
        async with asyncio.timeout(DEADLINE_SECONDS), self._came:
            await self._came.wait_for(lambda: self.position >= seq)

    async def done(self) -> None:
        """Wait until the following ends by itself."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self._task

    async def leave(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def moved(self, instance: Instance) -> "Viewer":
        """Leave, and come back at another instance with what was seen so far."""
        await self.leave()
        return Viewer(instance, self._session_id, self.after, self.frames)

    async def _follow(self) -> None:
        after = self.position if self.frames else self.after
        async for batch in self._instance.followers.follow(self._session_id, after):
            async with self._came:
                self.frames += batch
                self._came.notify_all()
            await self.reads.wait()


async def make_session(db: Database) -> UUID:
    """A chat session, with an owner of its own, and nothing in it."""
    session_id, owner_id = new_id(), new_id()
    async with db.begin() as tx:
        await tx.execute(_OWNER, {"id": owner_id, "email": f"{owner_id}@example.org"})
        await tx.execute(_SESSION, {"id": session_id, "owner_id": owner_id})
    return session_id


_OWNER = text(
    "INSERT INTO users (id, email, name, password_hash, password_changed_at, role, status, created_at, updated_at) "
    "VALUES (:id, :email, 'Ann', 'x', now(), 'user', 'active', now(), now())"
)
_SESSION = text("INSERT INTO chat_sessions (id, owner_id, name, is_named) VALUES (:id, :owner_id, 'Talk', false)")


async def read_log(db: Database, session_id: UUID) -> list[Frame]:
    """All that the log holds of the session, in order."""
    async with db.begin() as tx:
        rows = await tx.execute(_LOG, {"id": session_id})
        return [Frame(seq, kind, data) for seq, kind, data in rows]


_LOG = text("SELECT seq, type, data FROM session_events WHERE session_id = :id ORDER BY seq")


class Stage:
    """Opens instances on one database, and closes them with the test."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack

    async def open(self, make_bus: MakeBus, db: Database | None = None) -> Instance:
        db = db or Database(self._url, pool_size=3)
        return await self._stack.enter_async_context(opened(db, make_bus))


def alone(_supervisor: Supervisor, _db: Database) -> MemoryBus:
    return MemoryBus()


async def soon(viewer: Viewer, seq: int) -> None:
    """Wait until the event `seq` was seen, but not for the regular look at the log, which would find it too."""
    async with asyncio.timeout(2):
        await viewer.reached(seq)
