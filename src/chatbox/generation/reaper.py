"""Finishes what a dead process left running, and begins what it left waiting; any instance does it for all.

It also keeps this process's own sign of life, and trims the log.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import msgspec

from chatbox.generation import store
from chatbox.generation.conclude import Ending, begin_next, close
from chatbox.generation.jobs import Jobs
from chatbox.generation.journal import Journal
from chatbox.generation.parts_builder import PartsBuilder
from chatbox.generation.reduce import reduce
from chatbox.generation.tables import Generation
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor
from chatbox.sessions import tree
from chatbox.sessions.errors import MessageNotFound

HEARTBEAT_SECONDS = 1.0
# An instance that is silent for so long is dead to the others; with the pause between two looks, an answer is
# finished within 10 s of its server's death.
SILENT_SECONDS = 6.0
# A heartbeat that took longer says that PostgreSQL was not itself, for anybody.
_LATE_SECONDS = 2.0
_LEAVE_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_TRIM_SECONDS = 300.0
_MOST_AT_ONCE = 50
_FORGET_INSTANCE_AFTER = timedelta(days=1)

_log = EventLog("chatbox.reaper")


@dataclass(slots=True)
class Reaper:
    """`keep_log_for` is how long a session's events outlive its last answer."""

    db: Database
    journal: Journal
    jobs: Jobs
    supervisor: Supervisor
    instance_id: UUID
    keep_log_for: timedelta
    _healthy_since: float | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _in_hand: set[UUID] = field(default_factory=set)

    async def start(self) -> None:
        async with self.db.begin() as tx:
            await store.beat(tx, self.instance_id)
        self._tasks = [
            self.supervisor.spawn(self._beat_forever(), name="reaper: heartbeat"),
            self.supervisor.spawn(self._look_forever(), name="reaper: look"),
            self.supervisor.spawn(self._trim_forever(), name="reaper: trim"),
        ]

    async def leave(self) -> None:
        """Say that this instance is gone, so that nobody waits for its heartbeat."""
        for task in self._tasks:
            task.cancel()
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await asyncio.gather(*self._tasks, return_exceptions=True)
                async with self.db.begin() as tx:
                    await store.remove_instance(tx, self.instance_id)
        except (StoreUnavailable, TimeoutError):
            _log.warning("left without a word", instance_id=self.instance_id)

    async def _beat_forever(self) -> None:
        while True:
            began = time.monotonic()
            try:
                async with asyncio.timeout(SILENT_SECONDS), self.db.begin() as tx:
                    await store.beat(tx, self.instance_id)
                    owned = await store.runs_of_instance(tx, self.instance_id)
            except (StoreUnavailable, TimeoutError):
                self._healthy_since = None
            else:
                now = time.monotonic()
                self._healthy_since = now if now - began > _LATE_SECONDS else self._healthy_since or now
                for generation_id in self.jobs.reconcile(owned):
                    self._take_in_hand(generation_id, self._recover(generation_id))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # When PostgreSQL was away nobody's heartbeat was stored: first let everyone speak again.
            if self._healthy_since is None or time.monotonic() - self._healthy_since < SILENT_SECONDS:
                continue
            try:
                await self.look()
            except StoreUnavailable:
                self._healthy_since = None

    async def look(self) -> None:
        """Finish abandoned runs and begin abandoned queues, once."""
        async with self.db.begin() as tx:
            silent_for = timedelta(seconds=SILENT_SECONDS)
            abandoned = await store.abandoned_runs(tx, self.instance_id, silent_for, limit=_MOST_AT_ONCE)
        await _all_done(self._take_in_hand(run_id, self._finish(session, run_id)) for session, run_id in abandoned)
        if self.jobs.is_draining:
            return
        async with self.db.begin() as tx:
            unstarted = await store.unstarted_sessions(tx, _MOST_AT_ONCE)
        await _all_done(self._take_in_hand(session_id, self._begin_waiting(session_id)) for session_id in unstarted)

    def _take_in_hand(self, what: UUID, work: Coroutine[None, None, None]) -> asyncio.Task[None] | None:
        """Do the work apart, so that one run that resists keeps nobody else waiting; None when it is done already."""
        if what in self._in_hand:
            work.close()
            return None
        self._in_hand.add(what)
        task = self.supervisor.spawn(self._while_store_is_there(work), name=f"reaper: {what}")
        task.add_done_callback(lambda _task: self._in_hand.discard(what))
        return task

    async def _while_store_is_there(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except StoreUnavailable:
            self._healthy_since = None  # what is left is found again by the next look

    async def _recover(self, generation_id: UUID) -> None:
        """See to a run that is ours and does not run here: the answer to our commit was lost, or the run broke."""
        async with self.db.begin() as tx:
            generation = await store.find_generation(tx, generation_id)
        if generation is None or generation.status != "running" or generation.instance_id != self.instance_id:
            return
        if self.jobs.has_broken(generation_id):
            await self._finish(generation.session_id, generation_id)
        elif not self.jobs.is_draining:
            self.jobs.start(generation)

    async def _finish(self, session_id: UUID, generation_id: UUID) -> None:
        """Fold what the log holds of the run into its answer and close it as interrupted, with every character."""
        takes_next = not self.jobs.is_draining
        async with self.journal.writing() as writing:
            # Locked before the log is read: the owner may be alive after all, and write until this very moment.
            head = await store.lock_log(writing.tx, session_id, make=False)
            generation = await store.find_generation(writing.tx, generation_id)
            if generation is None or head.generation_id != generation_id:
                return
            owner_id = generation.instance_id
            ending = await _fold(writing.tx, generation, head)
            following = await close(writing, ending, instance_id=self.instance_id, takes_next=takes_next)
        _log.info("finished an abandoned answer", generation_id=generation_id, instance_id=owner_id)
        if following is not None:
            self.jobs.start(following)

    async def _begin_waiting(self, session_id: UUID) -> None:
        async with self.journal.writing() as writing:
            head = await store.lock_log(writing.tx, session_id, make=False)
            generation = None
            if head.generation_id is None:
                generation = await begin_next(writing, session_id, self.instance_id)
        if generation is not None:
            self.jobs.start(generation)

    async def _trim_forever(self) -> None:
        while True:
            try:
                async with self.db.begin() as tx:
                    removed = await store.trim(tx, utc_now() - self.keep_log_for, _MOST_AT_ONCE)
                    await store.remove_dead_instances(tx, _FORGET_INSTANCE_AFTER)
                if removed:
                    _log.info("log trimmed", events=removed)
                    continue
            except StoreUnavailable:
                _log.warning("trim waits for postgres")
            await asyncio.sleep(_TRIM_SECONDS)


async def _all_done(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    begun = [task for task in tasks if task is not None]
    if begun:
        await asyncio.wait(begun)


async def _fold(tx: Transaction, generation: Generation, head: store.LogHead) -> Ending:
    frames = await store.read_run_events(tx, generation.session_id, generation.id, head.generation_from)
    try:
        answer = await tree.get(tx, generation.session_id, generation.message_id)
        start = [part.model_dump(exclude_none=True) for part in answer.content_parts]
    except MessageNotFound:
        start = []
    reduced = reduce(((frame.type, msgspec.json.decode(frame.data)) for frame in frames), start)
    parts = PartsBuilder(reduced.content_parts)
    parts.end_calls()
    return Ending(
        session_id=generation.session_id,
        message_id=generation.message_id,
        generation_id=generation.id,
        status="interrupted",
        parts=parts.build(),
    )
