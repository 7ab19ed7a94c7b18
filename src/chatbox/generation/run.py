"""One turn: prompt → model → parts → finish. It belongs to the server and goes on whether or not anyone watches."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from chatbox.generation import answer_events
from chatbox.generation.conclude import Ending, Failure, conclude
from chatbox.generation.gather import Gathering
from chatbox.generation.job import Job
from chatbox.generation.journal import FenceLost, Journal
from chatbox.generation.rounds import Rounds
from chatbox.generation.tables import Generation
from chatbox.generation.turn import Turn, read_turn
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.errors import AppError, Param, StoreUnavailable
from chatbox.kernel.i18n import Texts
from chatbox.kernel.log import EventLog
from chatbox.providers.models import Models
from chatbox.providers.port import ModelError
from chatbox.sessions.parts import Usage
from chatbox.sessions.service import Sessions

_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0

Done = TypeVar("Done")

_log = EventLog("chatbox.run")


@dataclass(frozen=True, slots=True)
class Runner:
    """Produces answers; holds no database connection while a model speaks."""

    db: Database
    journal: Journal
    sessions: Sessions
    models: Models
    gathering: Gathering
    texts: Texts
    instance_id: UUID

    async def run(self, job: Job, *, takes_next: Callable[[], bool]) -> Generation | None:
        """Produce the answer and store its end. Returns the run that waited behind it, if it shall begin here."""
        began = utc_now()
        try:
            if job.stop_as is None:
                async with asyncio.TaskGroup() as group:
                    job.producing = group.create_task(self._produce(job))
            if job.stop_as == "fenced":
                return None
            return await self._conclude(job, takes_next)
        except FenceLost:
            job.stop_as = "fenced"
            return None
        finally:
            self.journal.forget(job.generation.id)
            _log.info(
                "turn finished",
                generation_id=job.generation.id,
                model=job.generation.model,
                status="fenced" if job.stop_as == "fenced" else job.status,
                code=job.failure.code if job.failure else None,
                seconds=round((utc_now() - began).total_seconds(), 3),
                characters=job.characters,
            )

    async def _produce(self, job: Job) -> None:
        try:
            turn = await _patiently(lambda: self._read_turn(job))
            await self._begin(job, turn)
            await Rounds(self.journal, job, turn).run()
        except ModelError as error:
            wait = {"seconds": round(error.retry_after)} if error.retry_after else {}
            said = answer_events.storable(error.detail)
            job.failure = self._failure(job, error.code, {"provider_said": said, **wait})
        except AppError as error:
            job.failure = self._failure(job, error.code, error.params)
        except FenceLost:
            job.stop_as = "fenced"

    async def _begin(self, job: Job, turn: Turn) -> None:
        """Tell what the answer starts with; told again, it starts anew."""
        job.begin(turn)
        generation = job.generation
        await self.journal.append(generation.session_id, generation.id, answer_events.start(generation, turn.start))

    def _failure(self, job: Job, code: str, params: dict[str, Param]) -> Failure:
        return Failure(code, self.texts.say(f"errors.{code}", job.generation.language, params), params)

    async def _read_turn(self, job: Job) -> Turn:
        turn = job.prepared or await read_turn(self.db, self.sessions, self.models, job.generation)
        return await self.gathering.furnish(turn, lambda waiting: self._begin(job, waiting))

    async def _conclude(self, job: Job, takes_next: Callable[[], bool]) -> Generation | None:
        """Store the end, however long PostgreSQL is away: nothing of the answer is given up."""
        generation = job.generation
        await self.journal.flushed(generation.id)
        ending = self._ending(job)
        return await _patiently(
            lambda: conclude(self.journal, ending, instance_id=self.instance_id, takes_next=takes_next())
        )

    def _ending(self, job: Job) -> Ending:
        finished, usage = job.finished, job.usage
        job.parts.end_calls()
        price = job.turn.model.price if job.turn else None
        return Ending(
            session_id=job.generation.session_id,
            message_id=job.generation.message_id,
            generation_id=job.generation.id,
            status=job.status,
            parts=job.parts.build() if job.turn else None,
            usage=Usage(
                inputTokens=usage.input,
                outputTokens=usage.output,
                totalTokens=usage.input + usage.output,
                reasoningTokens=usage.reasoning,
                cachedInputTokens=usage.cached,
            )
            if usage
            else None,
            finish_reason=finished.reason if finished and job.stop_as is None else None,
            failure=job.failure if job.stop_as is None else None,
            price={"input": price.input, "output": price.output} if price else None,
        )


async def _patiently(work: Callable[[], Awaitable[Done]]) -> Done:
    """Do it, and again while PostgreSQL is away: its short absence is waited out anywhere in a run."""
    pause = _PAUSE_SECONDS
    while True:
        try:
            return await work()
        except StoreUnavailable:
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
