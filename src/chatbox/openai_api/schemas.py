"""What an OpenAI client sends to `/v1/chat/completions`, and the list of models that it gets.

Source: OpenAI API reference, "Create chat completion" and "List models". Unlike our own API, unknown fields are ignored
here: every client sends some that only one vendor knows. What clients write in two ways (a string or a list of parts)
is brought into one form before it is checked, so that the name of a faulty field is the one the client used.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from chatbox.kernel.wire import Outgoing

MOST_MESSAGES = 2000
MOST_PARTS = 200
MOST_TOOLS = 256
MOST_CALLS = 256
MOST_STOPS = 16
_LONGEST_NAME = 300
_LONGEST_STOP = 500
_MOST_TOKENS = 10_000_000

Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]
TokenLimit = Annotated[int, Field(ge=1, le=_MOST_TOKENS)]


def _as_parts(content: object) -> object:
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _as_list(value: object) -> object:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _as_image_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _as_choice(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


class Said(BaseModel):
    """The base of all that a client says here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ImageUrl(Said):
    """A picture: an `https:` address, or its bytes as a `data:` URL (RFC 2397)."""

    url: Annotated[str, Field(min_length=1)]


class ContentPart(Said):
    type: Literal["text", "image_url", "refusal"]
    text: str | None = None
    refusal: str | None = None
    image_url: Annotated[ImageUrl | None, BeforeValidator(_as_image_url)] = None


class GoogleExtra(Said):
    thought_signature: str | None = None


class ExtraContent(Said):
    """Where Google's OpenAI-compatible API keeps the thought signature that must come back with a tool call."""

    google: GoogleExtra | None = None


class CalledFunction(Said):
    name: Name
    arguments: str = "{}"


class CalledTool(Said):
    """A tool call of an earlier turn, as the assistant asked for it."""

    id: Name
    function: CalledFunction
    extra_content: ExtraContent | None = None


class Message(Said):
    """One message of any role; which fields count depends on the role."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[list[ContentPart], BeforeValidator(_as_parts), Field(max_length=MOST_PARTS)] = []
    reasoning_content: str | None = None
    tool_calls: Annotated[list[CalledTool], BeforeValidator(_as_list), Field(max_length=MOST_CALLS)] = []
    tool_call_id: Annotated[str | None, Field(max_length=_LONGEST_NAME)] = None


class OfferedFunction(Said):
    name: Name
    description: str | None = None
    parameters: dict[str, JsonValue] | None = None


class OfferedTool(Said):
    type: Literal["function"]
    function: OfferedFunction


class ChosenFunction(Said):
    name: Name


class ToolChoice(Said):
    """`none` takes the tools away, a named function leaves only that one; else the model decides."""

    type: str
    function: ChosenFunction | None = None


class StreamOptions(Said):
    include_usage: bool | None = None


class CompletionWish(Said):
    """A request for one answer. What a provider cannot be told (`seed`, `logprobs`, `response_format` …) is ignored."""

    model: Name
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    stop: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=_LONGEST_STOP)]],
        BeforeValidator(_as_list),
        Field(max_length=MOST_STOPS),
    ] = []
    tools: Annotated[list[OfferedTool], BeforeValidator(_as_list), Field(max_length=MOST_TOOLS)] = []
    tool_choice: Annotated[ToolChoice | None, BeforeValidator(_as_choice)] = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    n: Annotated[int | None, Field(ge=1, le=1)] = None


class ListedModel(Outgoing):
    """A model as OpenAI lists it. `created` is 0, since nobody tells; `name` is ours, for people to read."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    name: str


class ListedModels(Outgoing):
    object: Literal["list"]
    data: list[ListedModel]
