"""One turn: prompt → model → parts → finish. It belongs to the server and goes on whether or not anyone watches."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from chatbox.generation import answer_events
from chatbox.generation.conclude import Ending, Failure, conclude
from chatbox.generation.errors import AnswerTooLong
from chatbox.generation.events import ServerEvent
from chatbox.generation.journal import FenceLost, Journal
from chatbox.generation.parts_builder import PartsBuilder
from chatbox.generation.tables import Generation
from chatbox.generation.turn import Turn, read_turn
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.errors import AppError, Param, StoreUnavailable
from chatbox.kernel.i18n import Texts
from chatbox.kernel.log import EventLog
from chatbox.providers.models import Models
from chatbox.providers.port import (
    Finished,
    ModelError,
    ModelEvent,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDone,
    Waiting,
)
from chatbox.sessions.parts import Usage
from chatbox.sessions.schemas import MessageStatus
from chatbox.sessions.service import Sessions

LONGEST_ANSWER = 4_000_000
_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0

StopAs = Literal["stopped", "interrupted", "fenced"]

_log = EventLog("chatbox.run")


@dataclass(slots=True)
class Job:
    """A run in this process. `stop_as` says how it shall end once its task is cancelled.

    `prepared` is its turn where that was read already; it is `turn` only once the run has begun with it.
    """

    generation: Generation
    prepared: Turn | None = None
    parts: PartsBuilder = field(default_factory=PartsBuilder)
    characters: int = 0
    producing: asyncio.Task[None] | None = None
    stop_as: StopAs | None = None
    turn: Turn | None = None
    finished: Finished | None = None
    failure: Failure | None = None

    def stop(self, stop_as: StopAs) -> None:
        """End the run: the upstream socket closes at once, and what was written is kept."""
        self.stop_as = self.stop_as or stop_as
        if self.producing is not None:
            self.producing.cancel()

    @property
    def status(self) -> MessageStatus:
        if self.stop_as in {"stopped", "interrupted"}:
            return "stopped" if self.stop_as == "stopped" else "interrupted"
        return "error" if self.failure else "complete"


@dataclass(frozen=True, slots=True)
class Runner:
    """Produces answers; holds no database connection while a model speaks."""

    db: Database
    journal: Journal
    sessions: Sessions
    models: Models
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
            job.turn = job.prepared or await self._read_turn(job.generation)
            for part in job.turn.start:
                job.parts.push(part)
            await self._append(job, answer_events.start(job.generation, job.turn.start))
            async with aclosing(job.turn.model.adapter.stream(job.turn.request)) as events:
                await self._consume(job, events)
        except ModelError as error:
            wait = {"seconds": round(error.retry_after)} if error.retry_after else {}
            said = answer_events.storable(error.detail)
            job.failure = self._failure(job, error.code, {"provider_said": said, **wait})
        except AppError as error:
            job.failure = self._failure(job, error.code, error.params)
        except FenceLost:
            job.stop_as = "fenced"

    def _failure(self, job: Job, code: str, params: dict[str, Param]) -> Failure:
        return Failure(code, self.texts.say(f"errors.{code}", job.generation.language, params), params)

    async def _read_turn(self, generation: Generation) -> Turn:
        """A short absence of PostgreSQL is waited out, like anywhere in a run."""
        pause = _PAUSE_SECONDS
        while True:
            try:
                return await read_turn(self.db, self.sessions, self.models, generation)
            except StoreUnavailable:
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _consume(self, job: Job, events: AsyncGenerator[ModelEvent]) -> None:
        prefix = answer_events.text_prefix(job.generation)
        async for event in events:
            match event:
                case TextDelta(text):
                    await self._speak(job, prefix, text)
                case ReasoningDelta():
                    await self._reason(job, event)
                case ToolCallDone(call):
                    await self._refuse(job, answer_events.storable_call(call))
                case Waiting(position):
                    await self._append(job, answer_events.waiting(job.generation, position))
                case Finished():
                    job.finished = event
            if job.characters > LONGEST_ANSWER:
                raise AnswerTooLong(limit=LONGEST_ANSWER)

    async def _speak(self, job: Job, prefix: bytes, text: str) -> None:
        text = answer_events.storable(text)
        if not text:
            return
        job.parts.text(text)
        job.characters += len(text)
        generation = job.generation
        await self.journal.append_text(
            generation.session_id, generation.id, kind="stream_chunk", prefix=prefix, text=text
        )

    async def _refuse(self, job: Job, call: ToolCall) -> None:
        for event in answer_events.refused_tool_call(job.generation, call):
            await self._append(job, event)
        job.parts.push(answer_events.refused_tool_part(call))

    async def _reason(self, job: Job, delta: ReasoningDelta) -> None:
        assert job.turn is not None
        kind = job.turn.model.kind
        text = answer_events.storable(delta.text)
        signature = None if delta.signature is None else answer_events.storable(delta.signature)
        if not text and signature is None:
            return
        job.parts.reasoning(text, signature, kind)
        job.characters += len(text)
        generation = job.generation
        if signature is not None:
            await self._append(job, answer_events.signed_reasoning(generation, text, signature, kind))
            return
        prefix = answer_events.reasoning_prefix(generation, kind)
        await self.journal.append_text(
            generation.session_id, generation.id, kind="reasoning_chunk", prefix=prefix, text=text
        )

    async def _append(self, job: Job, event: ServerEvent) -> None:
        await self.journal.append(job.generation.session_id, job.generation.id, event)

    async def _conclude(self, job: Job, takes_next: Callable[[], bool]) -> Generation | None:
        """Store the end, however long PostgreSQL is away: nothing of the answer is given up."""
        generation = job.generation
        await self.journal.flushed(generation.id)
        ending = self._ending(job)
        pause = _PAUSE_SECONDS
        while True:
            try:
                return await conclude(self.journal, ending, instance_id=self.instance_id, takes_next=takes_next())
            except StoreUnavailable:
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    def _ending(self, job: Job) -> Ending:
        finished = job.finished
        usage = finished.usage if finished else None
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
