"""What sessions and messages look like on the wire (CONTRACT §2)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chatbox.kernel.wire import Incoming, Moment, Outgoing
from chatbox.sessions.parts import ContentPart, Usage

SessionName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ModelId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
SystemPrompt = Annotated[str, Field(max_length=100_000)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]

Role = Literal["system", "user", "assistant", "tool"]
MessageStatus = Literal["queued", "streaming", "complete", "stopped", "interrupted", "error"]


class SessionSettings(Incoming):
    """Parameters of the model for one session; what is null or absent is the model's own default."""

    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    reasoning: Literal["off", "low", "medium", "high"] | None = None
    context_tokens: Annotated[int | None, Field(ge=256, le=10_000_000)] = None


class SessionNew(Incoming):
    name: SessionName | None = None
    model: ModelId | None = None
    system_prompt: SystemPrompt | None = None
    settings: SessionSettings = SessionSettings()
    folder: SessionName | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] = []


class SessionPatch(Incoming):
    """Only the fields that are present change."""

    name: SessionName | None = None
    model: ModelId | None = None
    system_prompt: SystemPrompt | None = None
    settings: SessionSettings | None = None
    folder: SessionName | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] | None = None
    pinned: bool | None = None
    archived: bool | None = None


class SessionOut(Outgoing):
    id: UUID
    name: str
    type: Literal["chat"]
    model: str | None
    system_prompt: str | None
    settings: SessionSettings
    folder: str | None
    tags: list[str]
    pinned: bool
    archived: bool
    active_leaf_id: UUID | None
    created_at: Moment
    updated_at: Moment


class MessageOut(Outgoing):
    """One message. `sibling_ids` are all answers or edits that stand in the same place, itself included, oldest
    first; `generation_id` names the run that is writing or last wrote it."""

    id: UUID
    session_id: UUID
    parent_id: UUID | None
    role: Role
    content_parts: list[ContentPart]
    model: str | None
    status: MessageStatus
    usage: Usage | None
    timestamp: Moment
    finish_reason: str | None
    sibling_ids: list[UUID]
    generation_id: UUID | None


class MessagePage(Outgoing):
    """A window of a session's messages, oldest first. `next_cursor` leads to older ones. Following the stream from
    `seq` shows everything that this page does not."""

    items: list[MessageOut]
    next_cursor: str | None
    seq: int


class FileUseOut(Outgoing):
    """A message that carries a file."""

    session_id: UUID
    session_name: str
    message_id: UUID
    created_at: Moment
