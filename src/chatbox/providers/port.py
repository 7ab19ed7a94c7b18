"""What the rest of the product knows of a chat model: a request, typed deltas and typed failures.

No vendor type crosses this module. An adapter turns one `ChatRequest` into a stream of `ModelEvent`s that ends with
exactly one `Finished`, or raises a `ModelError`: never neither, never both.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other"]
ReasoningEffort = Literal["off", "low", "medium", "high"]

MOST_TOKENS = 1_000_000_000


# --- what goes in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for the model to see: its bytes, or a URL that the provider fetches itself."""

    mime_type: str
    data: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning of an earlier turn. It is replayed only to the provider kind that signed it."""

    text: str
    signature: str | None = None
    provider_kind: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asked for. `arguments` is JSON text as the model wrote it; `signature` is Gemini's thought
    signature, which must be echoed with the call."""

    id: str
    name: str
    arguments: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    id: str
    name: str
    content: tuple[Text | Image, ...]
    is_error: bool = False


Part = Text | Image | Thinking | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class ModelMessage:
    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool on offer. `schema` is a JSON Schema object for its arguments."""

    name: str
    description: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes and as whom. It travels with the request, so one connection pool serves every user's key.

    `is_trusted` marks an address that an admin chose: it may be on this machine or its network. Any other goes through
    the outbound address judge.
    """

    base_url: str
    api_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_trusted: bool = False


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One turn for a model. `user_key` names whose turn it is, for fair queueing only; it is never sent anywhere."""

    endpoint: Endpoint
    model: str
    messages: Sequence[ModelMessage]
    tools: Sequence[ToolSpec] = ()
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: Sequence[str] = ()
    reasoning: ReasoningEffort | None = None
    user_key: str = ""


# --- what comes out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Token counts of one model call. `input` includes `cached`; `output` includes `reasoning`.

    A provider may say anything: a count that cannot be becomes the nearest that can.
    """

    input: int = 0
    output: int = 0
    cached: int | None = None
    reasoning: int | None = None

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached", "reasoning"):
            count = getattr(self, name)
            if count is not None and not 0 <= count <= MOST_TOKENS:
                object.__setattr__(self, name, min(max(count, 0), MOST_TOKENS))


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model is busy with others; `position` 1 is next. Sent again whenever the position changes."""

    position: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of reasoning; a delta that only carries `signature` closes the block it belongs to."""

    text: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallDone:
    """One complete tool call; parallel calls come one after another, before `Finished`."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Finished:
    reason: FinishReason
    usage: ModelUsage | None


ModelEvent = Waiting | TextDelta | ReasoningDelta | ToolCallDone | Finished


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a provider says of one of its models; unknown is None, never a guess."""

    name: str
    display_name: str | None = None
    context_window: int | None = None
    max_output: int | None = None
    sees_images: bool | None = None
    reasons: bool | None = None
    calls_tools: bool | None = None


# --- what can go wrong ------------------------------------------------------------------------------------------------


class ModelError(Exception):
    """A model call failed. `code` is stable and has a text in every language (`errors.<code>`).

    `partial` is true once any content event was delivered; `retry_after` is in seconds; `detail` is the provider's own
    words, at most 500 characters, with secrets removed.
    """

    code: ClassVar[str] = "model_failed"
    is_retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        partial: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail[:500]
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.partial = partial


class ModelAuthFailed(ModelError):
    code = "model_auth_failed"


class ModelRequestRefused(ModelError):
    code = "model_request_refused"


class ContextTooLong(ModelRequestRefused):
    code = "context_too_long"


class ModelNotFound(ModelError):
    code = "model_not_found"


class ModelQuotaExceeded(ModelError):
    code = "model_quota_exceeded"


class ModelRateLimited(ModelError):
    code = "model_rate_limited"
    is_retryable = True


class ModelOverloaded(ModelError):
    code = "model_overloaded"
    is_retryable = True


class ModelServerFailed(ModelError):
    code = "model_server_failed"
    is_retryable = True


class ModelUnreachable(ModelError):
    code = "model_unreachable"
    is_retryable = True


class AddressRefused(ModelError):
    """The endpoint's address is private and the person who set it is not an admin."""

    code = "address_refused"


class StreamBroken(ModelError):
    """The stream ended without its finish mark, was cut, stalled, or said something undecodable."""

    code = "stream_broken"
    is_retryable = True


class LocalModelMissing(ModelError):
    """The built-in model's weights are not on this machine."""

    code = "local_model_missing"


class LocalModelFailed(ModelError):
    """The built-in model's process could not start or died."""

    code = "local_model_failed"


# --- the port ---------------------------------------------------------------------------------------------------------


class ChatModel(Protocol):
    """One way to talk to a family of models."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        """Ask the model. Closing the generator, or cancelling the task that drives it, closes the upstream socket.

        Neighbouring text that one socket read brought arrives as one delta. Raises `ModelError`.
        """
        ...

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        """The models that the endpoint offers, in its own order. Raises `ModelError`."""
        ...
