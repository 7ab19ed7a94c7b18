"""The runs of this process: start them, stop them, let them end before the process does."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from uuid import UUID

from chatbox.generation.job import Job
from chatbox.generation.run import Runner
from chatbox.generation.tables import Generation
from chatbox.generation.turn import Turn
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor

_INTERRUPT_SECONDS = 10

_log = EventLog("chatbox.jobs")

AfterTurn = Callable[[Job], Coroutine[None, None, None]]


@dataclass(slots=True)
class Jobs:
    """`after_turn` is called when a turn completed, in the background."""

    runner: Runner
    supervisor: Supervisor
    after_turn: AfterTurn
    is_draining: bool = False
    finished: int = 0
    _running: dict[UUID, Job] = field(default_factory=dict)
    _broken: set[UUID] = field(default_factory=set)
    _missing: set[UUID] = field(default_factory=set)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self, generation: Generation, prepared: Turn | None = None) -> None:
        """Run it, and after it whatever waits behind it in its session."""
        if generation.id in self._running:
            return
        job = Job(generation, prepared)
        self._running[generation.id] = job
        self._idle.clear()
        self.supervisor.spawn(self._run(job), name=f"run {generation.id}")

    async def _run(self, job: Job) -> None:
        following: Generation | None = None
        self._broken.add(job.generation.id)
        try:
            following = await self.runner.run(job, takes_next=lambda: not self.is_draining)
            self._broken.discard(job.generation.id)
        finally:
            self._running.pop(job.generation.id, None)
            self.finished += 1
            if following is not None:
                self.start(following)
            if not self._running:
                self._idle.set()
        if job.stop_as is None and job.status == "complete" and not self.is_draining:
            await self.after_turn(job)

    def stop(self, generation_id: UUID) -> bool:
        """Stop a run at a person's wish. False when it does not run here."""
        job = self._running.get(generation_id)
        if job is not None:
            job.stop("stopped")
        return job is not None

    def count(self) -> int:
        """How many answers are being written here."""
        return len(self._running)

    def reconcile(self, owned: dict[UUID, bool]) -> list[UUID]:
        """Compare with what the database says we own (run → is a stop wanted); obey it.

        Returns the runs that are said to be ours and do not run here. A run is ours a moment before it is started, so
        one has to be missing twice.
        """
        for generation_id, is_stop_wanted in owned.items():
            if is_stop_wanted:
                self.stop(generation_id)
        missing = owned.keys() - self._running.keys()
        lost = [generation_id for generation_id in missing if generation_id in self._missing]
        self._missing = missing
        self._broken &= owned.keys() | self._running.keys()
        return lost

    def has_broken(self, generation_id: UUID) -> bool:
        """Whether the run was started here and ended without a word."""
        return generation_id in self._broken and generation_id not in self._running

    async def drain(self, grace_seconds: float) -> None:
        """Begin nothing more; give running answers their time; interrupt the rest and let them store what they have."""
        self.is_draining = True
        if not await self._wait_idle(grace_seconds):
            _log.info("interrupting", answers=len(self._running))
            for job in list(self._running.values()):
                job.stop("interrupted")
            await self._wait_idle(_INTERRUPT_SECONDS)

    async def _wait_idle(self, seconds: float) -> bool:
        if not self._running:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
