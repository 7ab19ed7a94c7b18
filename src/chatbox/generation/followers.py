"""Everyone who follows a session's log, in this process: replay what is past, then tail what comes; no gap, no repeat.

A follower reads the log from the number it was at, and takes live frames only where they join on. Live frames are
copies: whoever is too slow for them, or misses one, reads the log again at its own pace.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import msgspec

from chatbox.generation import store
from chatbox.generation.connections import Connection
from chatbox.generation.events import Reset
from chatbox.generation.frame import Frame, pack, unpack
from chatbox.kernel.bus.port import Bus
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.supervisor import Supervisor

# A follower that has this much unsent is cut from the live frames.
LARGEST_QUEUE = 1024 * 1024
EVENTS_IN_ONE_READ = 200
# A follower holds one read until it is sent, so this is what a slow one costs (twice: as read, and as encoded).
BYTES_IN_ONE_READ = 256 * 1024
# Doorbells can be lost, and so can the word that a commit was made: each process looks at the logs it follows.
_CHECK_SECONDS = 5.0
_CHECK_SECONDS_WITHOUT_BUS = 0.5
_PAUSE_WITHOUT_STORE_SECONDS = 0.5
_DOORBELL = b"[]"
_GONE = b"gone"


class _Queue:
    """The live frames of one follower."""

    __slots__ = ("frames", "is_behind", "is_gone", "size", "wake")

    def __init__(self) -> None:
        self.frames: deque[Frame] = deque()
        self.size = 0
        self.is_behind = False
        self.is_gone = False
        self.wake = asyncio.Event()

    def offer(self, frames: Sequence[Frame]) -> None:
        if not self.is_behind:
            self.frames.extend(frames)
            self.size += sum(frame.size for frame in frames)
            if self.size > LARGEST_QUEUE:
                self.fall_behind()
        self.wake.set()

    def fall_behind(self) -> None:
        """Let the live frames go: the follower must read the log."""
        self.frames.clear()
        self.size = 0
        self.is_behind = True
        self.wake.set()

    def end(self) -> None:
        """Let the follower go: its following ends."""
        self.is_gone = True
        self.wake.set()

    def take_from(self, position: int) -> list[Frame]:
        """The live frames that follow `position`; none, and behind, when something is missing in between."""
        fresh = [frame for frame in self.frames if frame.seq > position]
        self.frames.clear()
        self.size = 0
        self.wake.clear()
        if any(frame.seq != expected for expected, frame in enumerate(fresh, position + 1)):
            self.fall_behind()
            return []
        return fresh


@dataclass(slots=True)
class _Topic:
    queues: set[_Queue]
    newest: int


class Followers:
    """The followers of all sessions in this process, and their link to other instances."""

    def __init__(self, db: Database, bus: Bus, supervisor: Supervisor) -> None:
        self._db = db
        self._bus = bus
        self._supervisor = supervisor
        self._topics: dict[UUID, _Topic] = {}

    async def start(self) -> None:
        self._supervisor.spawn(self._check_forever(), name="followers: check")

    def publish(self, session_id: UUID, frames: Sequence[Frame]) -> None:
        """Hand committed frames to the followers here, and wake the ones elsewhere."""
        self._deliver(session_id, frames)
        if self._bus.reaches_others:
            message = pack(frames)
            self._bus.post(_topic(session_id), message if len(message) <= self._bus.largest_payload else _DOORBELL)

    def end(self, session_id: UUID) -> None:
        """The session is deleted: end everyone's following, here and elsewhere."""
        self._end(session_id)
        self._bus.post(_topic(session_id), _GONE)

    def _end(self, session_id: UUID) -> None:
        topic = self._topics.get(session_id)
        for queue in topic.queues if topic else ():
            queue.end()

    async def follow(
        self,
        session_id: UUID,
        after: int | None,
        *,
        idle_seconds: float | None = None,
        connection: Connection | None = None,
    ) -> AsyncGenerator[list[Frame]]:
        """Every event with a `seq` over `after`, in order, once, in batches; None begins with what comes next.

        It ends when the session is deleted or `connection` must close. With `idle_seconds` an empty batch comes
        whenever nothing else came for so long, or the log cannot be read for now. Where the log was trimmed past
        `after` there is one `reset` frame, and events go on from the number it names.
        """
        queue = _Queue()
        if connection is not None:
            connection.on_close(queue.end)
        try:
            await self._join(session_id, queue)
            async with aclosing(self._replay_and_tail(session_id, queue, after, idle_seconds)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._leave(session_id, queue)

    async def _replay_and_tail(
        self, session_id: UUID, queue: _Queue, after: int | None, idle_seconds: float | None
    ) -> AsyncGenerator[list[Frame]]:
        position = after
        if after is not None:
            queue.fall_behind()
        while not queue.is_gone:
            try:
                if position is None:
                    position = await self.newest(session_id)
                batch = await self._next(session_id, queue, position, idle_seconds)
            except StoreUnavailable:
                await asyncio.sleep(_PAUSE_WITHOUT_STORE_SECONDS)
                batch = []
            if batch:
                position = batch[-1].seq
            if batch is not None:
                yield batch

    async def _next(
        self, session_id: UUID, queue: _Queue, position: int, idle_seconds: float | None
    ) -> list[Frame] | None:
        """What comes after `position`; None when there is nothing after all, empty when it was quiet for so long."""
        if queue.is_behind:
            return await self._catch_up(session_id, queue, position) or None
        if await _is_woken(queue, idle_seconds):
            return queue.take_from(position) or None
        return []

    async def newest(self, session_id: UUID) -> int:
        """The number of a session's last event."""
        async with self._db.begin() as tx:
            return (await store.read_head(tx, session_id)).last_seq

    async def _catch_up(self, session_id: UUID, queue: _Queue, position: int) -> list[Frame]:
        """The next events from the log, or a `reset`. The queue stays behind while the log may hold more."""
        # From here on live frames are kept: what comes while the log is read is not missed.
        queue.is_behind = False
        try:
            batch = await self._read(session_id, position)
        except StoreUnavailable:
            queue.fall_behind()
            raise
        if _is_cut(batch) or (batch and batch[0].type == Reset.type):
            queue.fall_behind()
        return batch

    async def _read(self, session_id: UUID, position: int) -> list[Frame]:
        while True:
            async with self._db.begin() as tx:
                frames = await store.read_events(
                    tx, session_id, position, EVENTS_IN_ONE_READ, most_bytes=BYTES_IN_ONE_READ
                )
                if frames and frames[0].seq == position + 1:
                    return frames
                head = await store.read_head(tx, session_id)
            if head.last_seq == position:
                return []
            if frames or not head.floor_seq <= position < head.last_seq:
                seq = head.resume_seq
                return [Frame(seq, Reset.type, Reset(seq=seq).model_dump_json().encode())]
            # An event was committed between the two reads.

    async def _join(self, session_id: UUID, queue: _Queue) -> None:
        topic = self._topics.get(session_id)
        if topic is None:
            topic = self._topics[session_id] = _Topic(set(), 0)
            topic.queues.add(queue)
            await self._bus.watch(_topic(session_id), lambda message: self._hear(session_id, message))
        topic.queues.add(queue)

    def _leave(self, session_id: UUID, queue: _Queue) -> None:
        topic = self._topics.get(session_id)
        if topic is None:
            return
        topic.queues.discard(queue)
        if not topic.queues:
            del self._topics[session_id]
            self._bus.unwatch(_topic(session_id))

    def _deliver(self, session_id: UUID, frames: Sequence[Frame]) -> None:
        topic = self._topics.get(session_id)
        if topic is None or not frames:
            return
        topic.newest = max(topic.newest, frames[-1].seq)
        for queue in topic.queues:
            queue.offer(frames)

    def _hear(self, session_id: UUID, message: bytes) -> None:
        if message == _GONE:
            self._end(session_id)
            return
        try:
            frames = unpack(message)
        except msgspec.MsgspecError:
            frames = []
        if frames:
            self._deliver(session_id, frames)
        else:
            self._wake(session_id)

    def _wake(self, session_id: UUID) -> None:
        topic = self._topics.get(session_id)
        for queue in topic.queues if topic else ():
            queue.fall_behind()

    async def _check_forever(self) -> None:
        while True:
            # Without a bus another process of the same data folder is noticed only by looking.
            has_bus = self._bus.reaches_others and self._bus.is_healthy
            await asyncio.sleep(_CHECK_SECONDS if has_bus else _CHECK_SECONDS_WITHOUT_BUS)
            seen = {session_id: topic.newest for session_id, topic in self._topics.items()}
            if not seen:
                continue
            try:
                async with self._db.begin() as tx:
                    newest = await store.read_last_seqs(tx, list(seen))
            except StoreUnavailable:
                continue
            for session_id, seq in newest.items():
                topic = self._topics.get(session_id)
                if topic is not None and seq > topic.newest:
                    topic.newest = seq
                    self._wake(session_id)
            for session_id in seen.keys() - newest.keys():
                if seen[session_id]:
                    self._end(session_id)  # there was a log: the session is deleted, and the word of it was lost


async def _is_woken(queue: _Queue, idle_seconds: float | None) -> bool:
    if idle_seconds is None:
        await queue.wake.wait()
        return True
    try:
        async with asyncio.timeout(idle_seconds):
            await queue.wake.wait()
    except TimeoutError:
        return False
    return True


def _topic(session_id: UUID) -> str:
    return f"session:{session_id}"


def _is_cut(batch: Sequence[Frame]) -> bool:
    """Whether one read was too small for all that the log may hold."""
    return len(batch) == EVENTS_IN_ONE_READ or sum(len(frame.data) for frame in batch) >= BYTES_IN_ONE_READ
