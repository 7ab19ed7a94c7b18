"""The one union of everything a stream can say, and of everything a client may say on it (CONTRACT §3).

A server frame is `{"type": T, "seq": N, "data": {...}}`. The classes here are the `data`, one for each `T`; the journal
stores type and encoded data, and puts `seq` between them when it sends.
"""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chatbox.kernel.wire import Outgoing
from chatbox.sessions.parts import MOST_PARTS, ContentPart, InputPart, Params, Usage
from chatbox.sessions.schemas import MessageOut, MessageStatus, ModelId, SessionOut

ClientKey = Annotated[str, Field(min_length=1, max_length=100)]


class ServerEvent(Outgoing):
    """The data of one server frame."""

    type: ClassVar[str]


class MessageCreated(ServerEvent):
    """A message now stands in the tree. `client_id` is the key that its sender gave, so that the sender's page can
    put it in the place of what it showed at once."""

    type: ClassVar[str] = "message_created"
    message: MessageOut
    client_id: str | None


class StreamStart(ServerEvent):
    """An answer begins, or goes on: it starts with `content_parts` and grows from there."""

    type: ClassVar[str] = "stream_start"
    message_id: UUID
    generation_id: UUID
    model: str | None
    content_parts: list[ContentPart]


class StreamChunk(ServerEvent):
    type: ClassVar[str] = "stream_chunk"
    message_id: UUID
    generation_id: UUID
    chunk: str


class ReasoningChunk(ServerEvent):
    """A piece of reasoning. A chunk with a `signature` closes the block."""

    type: ClassVar[str] = "reasoning_chunk"
    message_id: UUID
    generation_id: UUID
    chunk: str
    signature: str | None
    provider: str | None


class ToolCallStarted(ServerEvent):
    type: ClassVar[str] = "tool_call"
    message_id: UUID
    generation_id: UUID
    toolCallId: str
    toolName: str
    args: dict[str, Any] | str
    signature: str | None


class ToolApproval(ServerEvent):
    """A tool call waits for a person to allow it."""

    type: ClassVar[str] = "tool_approval"
    message_id: UUID
    generation_id: UUID
    toolCallId: str


class ToolResulted(ServerEvent):
    type: ClassVar[str] = "tool_result"
    message_id: UUID
    generation_id: UUID
    toolCallId: str
    state: Literal["result", "error"]
    result: Any


class StreamEnd(ServerEvent):
    """The answer ended, in whatever way; nothing more comes for this `generation_id`."""

    type: ClassVar[str] = "stream_end"
    message_id: UUID
    generation_id: UUID
    usage: Usage | None
    status: MessageStatus
    finish_reason: str | None


class WaitingPlace(Outgoing):
    """An answer that waits its turn; `position` 1 is next."""

    message_id: UUID
    position: int


class SessionUpdated(ServerEvent):
    """Something about the session changed: its row (`session`), an answer's place in a queue (`waiting`), or messages
    that are gone (`deleted_ids`). What did not change is null or empty."""

    type: ClassVar[str] = "session_updated"
    session: SessionOut | None
    waiting: WaitingPlace | None
    deleted_ids: list[UUID]


class ErrorEvent(ServerEvent):
    """Something failed. With a `message_id` it belongs to that answer and becomes its last part."""

    type: ClassVar[str] = "error"
    message_id: UUID | None
    generation_id: UUID | None
    code: str
    detail: str
    params: Params


class Reset(ServerEvent):
    """The log before `seq` was trimmed: load the session anew, then follow from `seq`."""

    type: ClassVar[str] = "reset"
    seq: int


class Pong(ServerEvent):
    """The answer to `ping`; not part of the log."""

    type: ClassVar[str] = "pong"


SERVER_EVENTS: tuple[type[ServerEvent], ...] = (
    MessageCreated,
    StreamStart,
    StreamChunk,
    ReasoningChunk,
    ToolCallStarted,
    ToolApproval,
    ToolResulted,
    StreamEnd,
    SessionUpdated,
    ErrorEvent,
    Reset,
    Pong,
)


class _Frame(BaseModel):
    """The outer frame tolerates unknown fields: clients of other versions must not break on them."""

    model_config = ConfigDict(extra="ignore")


class MessageBody(_Frame):
    """The object form of `message`: its text under either name, or its parts."""

    text: str | None = None
    content: str | None = None
    content_parts: Annotated[list[InputPart] | None, Field(max_length=MOST_PARTS)] = None


class SendMessageData(_Frame):
    message: str | MessageBody | None = None
    content_parts: Annotated[list[InputPart] | None, Field(max_length=MOST_PARTS)] = None
    model: ModelId | None = None
    parent_id: UUID | None = None
    client_id: ClientKey | None = None


class SendMessage(_Frame):
    """`data` may be the text itself, and `message` may stand beside `type`, as the first sketch of a client sent it."""

    type: Literal["send_message"]
    data: SendMessageData | str | None = None
    message: str | MessageBody | None = None


class StopData(_Frame):
    message_id: UUID | None = None


class StopGeneration(_Frame):
    type: Literal["stop_generation"]
    data: StopData = StopData()


class RegenerateData(_Frame):
    message_id: UUID
    model: ModelId | None = None
    client_id: ClientKey | None = None


class Regenerate(_Frame):
    type: Literal["regenerate"]
    data: RegenerateData


class ContinueData(_Frame):
    message_id: UUID
    client_id: ClientKey | None = None


class Continue(_Frame):
    type: Literal["continue"]
    data: ContinueData


class ApproveData(_Frame):
    message_id: UUID
    tool_call_id: str
    approved: bool = True


class ApproveTool(_Frame):
    type: Literal["approve_tool"]
    data: ApproveData


class Ping(_Frame):
    type: Literal["ping"]


ClientFrame = Annotated[
    SendMessage | StopGeneration | Regenerate | Continue | ApproveTool | Ping, Field(discriminator="type")
]
