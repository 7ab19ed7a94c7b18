"""What one run needs to know before it asks the model: the request, the model, and what the answer starts with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from chatbox.generation import prompt
from chatbox.generation.question import title_of
from chatbox.generation.tables import Generation
from chatbox.kernel.db import Database, Transaction
from chatbox.providers.models import Models, Resolved
from chatbox.providers.port import ChatRequest, ModelMessage, Text
from chatbox.sessions.parts import StoredPart
from chatbox.sessions.schemas import SessionOut
from chatbox.sessions.service import Sessions
from chatbox.sessions.tree import PastMessage
from chatbox.tools.port import Tool

RunKind = Literal["answer", "continue"]

_GO_ON = (
    "Your last answer was cut off. Go on with it from exactly where it stopped, in the same language. "
    "Repeat nothing and add no comment."
)


@dataclass(frozen=True, slots=True)
class Past:
    """What the model shall know of the conversation: `history` ends with the question, or with the answer to go on
    with, which `goes_on` says. `is_cut` when older messages were left out; `budget` is in tokens."""

    session: SessionOut
    model: Resolved
    owner_id: UUID
    history: list[PastMessage]
    goes_on: bool
    is_cut: bool
    budget: int

    @property
    def most_kept(self) -> int:
        """How many of the last messages are never left out."""
        return 2 if self.goes_on else 1

    @property
    def asked(self) -> PastMessage | None:
        """The question."""
        return next((message for message in reversed(self.history) if message.role == "user"), None)

    def request(self, shown: prompt.Shown = prompt.NOTHING_SHOWN, beside: str = "") -> ChatRequest:
        """What the model is sent. `shown` stands for the files; `beside` is said before the question."""
        built = prompt.build(self.session, self.model, self.history, user_key=str(self.owner_id), shown=shown)
        messages = list(built.messages)
        places = [place for place, message in enumerate(messages) if message.role == "user"]
        if beside and places:
            question = messages[places[-1]]
            messages[places[-1]] = replace(question, parts=(Text(beside), *question.parts))
        if self.goes_on:
            messages.append(ModelMessage("user", (Text(_GO_ON),)))
        return replace(built, messages=messages)


@dataclass(frozen=True, slots=True)
class Turn:
    """`question` is set when this is a session's first turn and nobody has named the session yet. `tools` are on offer
    by their names, and what they say may cost `room` tokens."""

    request: ChatRequest
    start: list[StoredPart]
    question: str | None
    past: Past
    tools: Mapping[str, Tool] = field(default_factory=dict)
    room: int = 0

    @property
    def model(self) -> Resolved:
        return self.past.model


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
    """The same, for whoever has the setting at hand; the answer's row must be there.

    Files are only named in it: what is in them is read by the run, outside of any transaction (`gather`).
    """
    session, model = setting.session, setting.model
    # The answer itself is the end of the path: a row that is empty, or holds what it goes on from.
    budget = prompt.token_budget(session, model)
    path, is_cut = await prompt.read_history(tx, session.id, generation.message_id, budget)
    answer, history = path[-1], path
    kept = _kept(answer) if generation.kind == "continue" else []
    if not kept:
        history = path[:-1]
    past = Past(session, model, generation.owner_id, history, bool(kept), is_cut, budget)
    is_first = len(history) == 1 and not setting.is_named and not kept
    question = (prompt.plain_text(history[0]) or title_of(history[0].content_parts)) if is_first else None
    # The note comes first, so that what goes on in the middle of a sentence stays one text.
    return Turn(past.request(), [*([prompt.trimmed_note()] if is_cut else []), *kept], question, past)


def _kept(answer: PastMessage) -> list[StoredPart]:
    """What an answer that goes on already has; nothing when it never got to say anything."""
    has_said = any(part["type"] in {"text", "tool-call"} for part in answer.content_parts)
    return answer.content_parts if has_said else []
