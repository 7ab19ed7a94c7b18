"""The runs of this process: start them, stop them, let them end before the process does."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from uuid import UUID

from chatbox.generation.run import Job, Runner
from chatbox.generation.tables import Generation
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
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self, generation: Generation) -> None:
        """Run it, and after it whatever waits behind it in its session."""
        job = Job(generation)
        self._running[generation.id] = job
        self._idle.clear()
        self.supervisor.spawn(self._run(job), name=f"run {generation.id}")

    async def _run(self, job: Job) -> None:
        following: Generation | None = None
        try:
            following = await self.runner.run(job, takes_next=lambda: not self.is_draining)
        finally:
            self._running.pop(job.generation.id, None)
            self.finished += 1
            if following is not None:
                self.start(following)
            if not self._running:
                self._idle.set()
        if job.status == "complete" and not self.is_draining:
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

        Returns the runs that are said to be ours and are not: they ended without a word.
        """
        for generation_id, is_stop_wanted in owned.items():
            if is_stop_wanted:
                self.stop(generation_id)
        return [generation_id for generation_id in owned if generation_id not in self._running]

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
