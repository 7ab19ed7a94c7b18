"""The end of a run: parts, usage, status and the closing event in one transaction, and the next in line begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chatbox.generation import store
from chatbox.generation.events import ErrorEvent, SessionUpdated, StreamEnd, WaitingPlace
from chatbox.generation.journal import FenceLost, Journal, Writing
from chatbox.generation.tables import Generation
from chatbox.sessions import tree
from chatbox.sessions.parts import Params, StoredPart, Usage
from chatbox.sessions.schemas import MessageStatus


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an answer ended early, in a code that every language has a text for."""

    code: str
    detail: str
    params: Params


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. `parts` are the answer's, without the failure, which becomes its last part; None when the run
    never got to them: what is stored then stays."""

    session_id: UUID
    message_id: UUID
    generation_id: UUID
    status: MessageStatus
    parts: Sequence[StoredPart] | None
    usage: Usage | None = None
    finish_reason: str | None = None
    failure: Failure | None = None
    price: dict[str, float | None] | None = None


async def conclude(journal: Journal, ending: Ending, *, instance_id: UUID, takes_next: bool) -> Generation | None:
    """Store the ending and tell it. Returns the run that was waiting behind it, now this instance's, if any.

    Raises `FenceLost` when somebody else has finished the run already, or the session is gone.
    """
    async with journal.writing() as writing:
        head = await store.lock_log(writing.tx, ending.session_id, make=False)
        if head.generation_id != ending.generation_id:
            raise FenceLost
        return await close(writing, ending, instance_id=instance_id, takes_next=takes_next)


async def close(writing: Writing, ending: Ending, *, instance_id: UUID, takes_next: bool) -> Generation | None:
    """What `conclude` does, within a transaction that holds the log's lock and has seen that the run is still due."""
    await _store_ending(writing, ending)
    return await begin_next(writing, ending.session_id, instance_id) if takes_next else None


async def _store_ending(writing: Writing, ending: Ending) -> None:
    failure = ending.failure
    parts = await _stored_parts(writing, ending) if ending.parts is None else list(ending.parts)
    if failure is not None:
        parts.append({"type": "error", "code": failure.code, "detail": failure.detail, "params": failure.params})
        await writing.record(
            ending.session_id,
            ErrorEvent(
                message_id=ending.message_id,
                generation_id=ending.generation_id,
                code=failure.code,
                detail=failure.detail,
                params=failure.params,
            ),
            generation_id=ending.generation_id,
        )
    usage = ending.usage.model_dump(exclude_none=True) if ending.usage else None
    ended = tree.Ended(parts, ending.status, usage, ending.finish_reason, ending.price)
    await tree.end(writing.tx, ending.message_id, ended)
    await end_run(writing, ending)
    writing.set_running(ending.session_id, None)


async def _stored_parts(writing: Writing, ending: Ending) -> list[StoredPart]:
    answer = await tree.get(writing.tx, ending.session_id, ending.message_id)
    return [part.model_dump(exclude_none=True) for part in answer.content_parts]


async def end_run(writing: Writing, ending: Ending) -> None:
    """Close the run's row and say `stream_end`."""
    await store.finish_generation(writing.tx, ending.generation_id, ending.status)
    end = StreamEnd(
        message_id=ending.message_id,
        generation_id=ending.generation_id,
        usage=ending.usage,
        status=ending.status,
        finish_reason=ending.finish_reason,
    )
    await writing.record(ending.session_id, end, generation_id=ending.generation_id)


async def begin_next(writing: Writing, session_id: UUID, instance_id: UUID) -> Generation | None:
    """Give the session's oldest waiting run to this instance and move up those behind it. The log must be locked."""
    generation = await store.claim_next(writing.tx, session_id, instance_id)
    if generation is None:
        return None
    writing.set_running(session_id, generation.id)
    await tree.change(writing.tx, generation.message_id, {"status": "streaming"})
    await tell_places(writing, session_id)
    return generation


async def tell_places(writing: Writing, session_id: UUID) -> None:
    """Tell everyone the place of each run that waits in the session."""
    live = await store.live_generations(writing.tx, session_id)
    waiting = [generation for generation in live if generation.status == "queued"]
    events = [
        SessionUpdated(
            session=None,
            waiting=WaitingPlace(message_id=generation.message_id, position=position),
            deleted_ids=[],
        )
        for position, generation in enumerate(waiting, 1)
    ]
    if events:
        await writing.record(session_id, *events)
