"""What the message routes take and give."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from chatbox.generation.events import ClientKey, MessageBody
from chatbox.kernel.wire import Incoming, Outgoing, Paging
from chatbox.sessions.parts import MOST_PARTS, InputPart
from chatbox.sessions.schemas import MessageOut, ModelId


class Question(Incoming):
    """A message in any of its forms: text as `message` (or `text`, or `content`), or `content_parts`."""

    message: str | MessageBody | None = None
    text: str | None = None
    content: str | None = None
    content_parts: Annotated[list[InputPart] | None, Field(max_length=MOST_PARTS)] = None
    parent_id: UUID | None = None
    model: ModelId | None = None
    client_id: ClientKey | None = None

    @property
    def said(self) -> str | MessageBody | None:
        return self.message or self.text or self.content


class Again(Incoming):
    """How to ask again; without a model the session's own answers."""

    model: ModelId | None = None
    client_id: ClientKey | None = None


class GoOn(Incoming):
    client_id: ClientKey | None = None


class SentOut(Outgoing):
    """What a wish made. The answer streams on the session's stream; following from `seq` shows all of it."""

    message: MessageOut | None
    answer: MessageOut | None
    generation_id: UUID | None
    seq: int


class MessagePaging(Paging):
    """`view=path` is the active path, newest window first; `view=tree` is every message in the order of making."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    view: Annotated[str, Field(pattern="^(path|tree)$")] = "path"
