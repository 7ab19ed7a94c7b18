"""What one run needs to know before it asks the model: the request, the model, and what the answer starts with."""

from dataclasses import dataclass, replace
from typing import Literal

from chatbox.generation import prompt
from chatbox.generation.tables import Generation
from chatbox.kernel.db import Database
from chatbox.providers.models import Models, Resolved
from chatbox.providers.port import ChatRequest, ModelMessage, Text
from chatbox.sessions import tree
from chatbox.sessions.parts import StoredPart
from chatbox.sessions.schemas import MessageOut
from chatbox.sessions.service import Sessions

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


async def read_turn(db: Database, sessions: Sessions, models: Models, generation: Generation) -> Turn:
    """Raises `AppError` when the session or the model is gone, or PostgreSQL is."""
    async with db.begin() as tx:
        session = await sessions.get_in(tx, generation.owner_id, generation.session_id)
        model = await models.resolve(tx, generation.owner_id, generation.model)
        answer = await tree.get(tx, generation.session_id, generation.message_id)
        kept = _kept(answer) if generation.kind == "continue" else []
        leaf = answer.id if kept else answer.parent_id
        history, left_out = await prompt.read_history(tx, session.id, leaf, prompt.token_budget(session, model))
        is_first = len(history) == 1 and await sessions.needs_title(tx, session.id)
    request = prompt.build(session, model, history, user_key=str(generation.owner_id))
    if kept:
        request = replace(request, messages=[*request.messages, ModelMessage("user", (Text(_GO_ON),))])
    question = prompt.plain_text(history[0]) if is_first and history else None
    return Turn(request, model, [*kept, *prompt.trimmed_note(left_out)], question)


def _kept(answer: MessageOut) -> list[StoredPart]:
    """What an answer that goes on already has; nothing when it never got to say anything."""
    parts = [part.model_dump(exclude_none=True) for part in answer.content_parts]
    return parts if any(part["type"] in {"text", "tool-call"} for part in parts) else []
