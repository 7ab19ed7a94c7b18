"""What one run needs to know before it asks the model: the request, the model, and what the answer starts with."""

from dataclasses import dataclass, replace
from typing import Literal

from chatbox.generation import prompt
from chatbox.generation.tables import Generation
from chatbox.kernel.db import Database, Transaction
from chatbox.providers.models import Models, Resolved
from chatbox.providers.port import ChatRequest, ModelMessage, Text
from chatbox.sessions.parts import StoredPart
from chatbox.sessions.schemas import SessionOut
from chatbox.sessions.service import Sessions
from chatbox.sessions.tree import PastMessage

RunKind = Literal["answer", "continue"]

_GO_ON = (
    "Your last answer was cut off. Go on with it from exactly where it stopped, in the same language. "
    "Repeat nothing and add no comment."
)


@dataclass(frozen=True, slots=True)
class Turn:
    """`question` is set when this is a session's first turn and nobody has named the session yet."""

    request: ChatRequest
    model: Resolved
    start: list[StoredPart]
    question: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a turn is asked in: the session, whether a person named it, and the model."""

    session: SessionOut
    is_named: bool
    model: Resolved


async def read_turn(db: Database, sessions: Sessions, models: Models, generation: Generation) -> Turn:
    """Raises `AppError` when the session or the model is gone, or PostgreSQL is."""
    async with db.begin() as tx:
        session, is_named = await sessions.look_in(tx, generation.owner_id, generation.session_id)
        model = await models.resolve(tx, generation.owner_id, generation.model)
        return await read_turn_in(tx, Setting(session, is_named, model), generation)


async def read_turn_in(tx: Transaction, setting: Setting, generation: Generation) -> Turn:
    """The same, for whoever has the setting at hand; the answer's row must be there."""
    session, model = setting.session, setting.model
    # The answer itself is the end of the path: a row that is empty, or holds what it goes on from.
    budget = prompt.token_budget(session, model)
    path, is_cut = await prompt.read_history(tx, session.id, generation.message_id, budget)
    answer, history = path[-1], path
    kept = _kept(answer) if generation.kind == "continue" else []
    if not kept:
        history = path[:-1]
    request = prompt.build(session, model, history, user_key=str(generation.owner_id))
    if kept:
        request = replace(request, messages=[*request.messages, ModelMessage("user", (Text(_GO_ON),))])
    is_first = len(history) == 1 and not setting.is_named and not kept
    question = prompt.plain_text(history[0]) if is_first else None
    return Turn(request, model, [*kept, *([prompt.trimmed_note()] if is_cut else [])], question)


def _kept(answer: PastMessage) -> list[StoredPart]:
    """What an answer that goes on already has; nothing when it never got to say anything."""
    has_said = any(part["type"] in {"text", "tool-call"} for part in answer.content_parts)
    return answer.content_parts if has_said else []
