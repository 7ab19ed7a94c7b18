"""The event log of every session: join, number, commit, and only then tell whoever follows.

Each process has one committer. While a commit is in flight new events gather; the next commit takes them all, in one
statement that also gives each session its next numbers. An idle server so shows a token after one commit, and a busy
one makes larger commits instead of more of them (docs/decisions/0003-journal.md).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from chatbox.generation import batch_store, store
from chatbox.generation.events import ServerEvent, SessionUpdated
from chatbox.generation.followers import Followers
from chatbox.generation.frame import Frame
from chatbox.generation.pending import Pending, Waiting, encode
from chatbox.kernel.db import POSTGRES_FAILED, Database, Transaction
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor
from chatbox.sessions.schemas import SessionOut

# After a commit of N events the committer rests N times this long, so that a busy server joins more text into fewer
# events: at 300 answers of 50 tokens a second each event then carries about two tokens (bench/streams.py).
_REST_PER_EVENT_SECONDS = 0.0001
_LONGEST_REST_SECONDS = 0.04
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0

_log = EventLog("chatbox.journal")


class FenceLost(Exception):
    """The run no longer owns its answer: it was finished by another instance, or its session is gone."""


@dataclass(slots=True)
class _Told:
    """What a transaction has to say in one session."""

    generation_id: UUID | None = None
    events: list[tuple[str, bytes]] = field(default_factory=list)
    running: store.Running | None = None
    frames: list[Frame] = field(default_factory=list)


@dataclass(slots=True)
class Writing:
    """A transaction that may also append events. They are written at its end, in one statement a session, and
    published once it is committed."""

    tx: Transaction
    _told: dict[UUID, _Told] = field(default_factory=dict)
    _gone: list[UUID] = field(default_factory=list)

    async def record(self, session_id: UUID, *events: ServerEvent, generation_id: UUID | None = None) -> None:
        """Append `events` to the session's log with this transaction; `generation_id` names the run they belong to."""
        told = self._told.setdefault(session_id, _Told())
        told.generation_id = generation_id or told.generation_id
        told.events += [(event.type, event.model_dump_json().encode()) for event in events]

    def set_running(self, session_id: UUID, generation_id: UUID | None) -> None:
        """Name the run that may append answer events once this is committed, or none."""
        self._told.setdefault(session_id, _Told()).running = store.Running(generation_id)

    async def lock(self, session_id: UUID) -> None:
        """Wait for this transaction's turn in the session: what is read after this stays so until it ends."""
        await store.lock_log(self.tx, session_id, make=True)

    async def session_updated(
        self, session_id: UUID, session: SessionOut | None, deleted_ids: Sequence[UUID] = ()
    ) -> None:
        """Tell followers about a session's row, or about messages that are gone."""
        await self.record(session_id, SessionUpdated(session=session, waiting=None, deleted_ids=list(deleted_ids)))

    def session_created(self, session_id: UUID) -> None:
        """Begin the session's log with the session, so that its first message need not."""
        self._told.setdefault(session_id, _Told())

    def session_deleted(self, session_id: UUID) -> None:
        """End everyone's following of the session, once this is committed."""
        self._gone.append(session_id)

    def seq(self, session_id: UUID) -> int:
        """The number of the last event told in the session, once the transaction is committed."""
        return self._told[session_id].frames[-1].seq

    async def write(self) -> None:
        """Write what was told; the journal calls this at the end of the transaction."""
        for session_id, told in sorted(self._told.items()):
            told.frames = await store.record(
                self.tx, session_id, told.events, generation_id=told.generation_id, running=told.running
            )

    def publish(self, followers: Followers) -> None:
        """Hand what is committed to those who follow; the journal calls this after the commit."""
        for session_id, told in self._told.items():
            if told.frames:
                followers.publish(session_id, told.frames)
        for session_id in self._gone:
            followers.end(session_id)


class Journal:
    """The log of every session, as this process writes it."""

    def __init__(self, db: Database, followers: Followers, supervisor: Supervisor) -> None:
        self._db = db
        self._followers = followers
        self._supervisor = supervisor
        self._pending = Pending()
        self._in_flight: dict[UUID, Waiting] = {}
        self._writers: set[UUID] = set()
        self._lost: set[UUID] = set()
        self._committed = asyncio.Event()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def start(self) -> None:
        self._supervisor.spawn(self._commit_forever(), name="journal: committer")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        """One transaction, whose recorded events are published after its commit and never without it."""
        async with self._db.begin() as tx:
            writing = Writing(tx)
            yield writing
            await writing.write()
        writing.publish(self._followers)

    async def append_text(self, session_id: UUID, generation_id: UUID, *, kind: str, prefix: bytes, text: str) -> None:
        """Append a piece of a running answer. `prefix` is the event's encoded data up to its text.

        Waits only while far too much is uncommitted. Raises `FenceLost`.
        """
        await self._admit(generation_id)
        self._pending.add_text(session_id, generation_id, kind, prefix, text)

    async def append(self, session_id: UUID, generation_id: UUID, event: ServerEvent) -> None:
        """Append an event of a running answer. Raises `FenceLost`."""
        await self._admit(generation_id)
        self._pending.add_event(session_id, generation_id, event.type, event.model_dump_json().encode())

    async def flushed(self, generation_id: UUID) -> None:
        """Wait until all that the run appended is committed. Raises `FenceLost`."""
        while self._pending.holds(generation_id) or generation_id in self._in_flight:
            self._committed.clear()
            await self._committed.wait()
        if generation_id in self._lost:
            raise FenceLost

    def forget(self, generation_id: UUID) -> None:
        """The run is over; its fence need not be remembered."""
        self._writers.discard(generation_id)
        self._lost.discard(generation_id)

    async def _admit(self, generation_id: UUID) -> None:
        if generation_id in self._lost:
            raise FenceLost
        await self._pending.room()
        self._writers.add(generation_id)

    async def _commit_forever(self) -> None:
        try:
            while True:
                await self._pending.filled.wait()
                self._in_flight = self._pending.take()
                batch = encode(self._in_flight)
                bases = await self._commit(batch)
                self._publish(batch, bases)
                self._in_flight = {}
                self._committed.set()
                rest = len(batch.places) * _REST_PER_EVENT_SECONDS
                await asyncio.sleep(min(_LONGEST_REST_SECONDS, rest))
        finally:
            if self._connection is not None:
                self._connection.terminate()

    async def _commit(self, batch: batch_store.Batch) -> dict[UUID, int]:
        """Commit, however long PostgreSQL is away: what was not shown yet is not lost, only late."""
        pause = _FIRST_PAUSE_SECONDS
        is_retry = False
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._db.connect()
                bases = await batch_store.append_batch(self._connection, batch)
                # The first try may have been committed although its answer never came.
                return bases | await batch_store.recall_batch(self._connection, batch) if is_retry else bases
            except POSTGRES_FAILED as error:
                # Away, restarting, full, out of connections, failed over …: whatever it is, answers wait for its end.
                _log.warning("commit waits for postgres", reason=type(error).__name__, events=len(batch.places))
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
                is_retry = True
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    def _publish(self, batch: batch_store.Batch, bases: dict[UUID, int]) -> None:
        first = 0
        for session_id, generation_id, count in zip(batch.sessions, batch.generations, batch.counts, strict=True):
            base = bases.get(generation_id)
            if base is not None:
                events = range(first, first + count)
                frames = [Frame(base + batch.places[i], batch.types[i], batch.data[i]) for i in events]
                self._followers.publish(session_id, frames)
            elif generation_id in self._writers:
                self._lost.add(generation_id)
            first += count
