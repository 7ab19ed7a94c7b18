"""The typed parts that a message is made of, in the camelCase names of the contract."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_TEXT = 1_000_000
MOST_PARTS = 200

Params = dict[str, str | int | float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextPart(_Part):
    type: Literal["text"]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class ImagePart(_Part):
    """`image` is a file's id when stored, and a URL signed for the reader when sent out."""

    type: Literal["image"]
    image: Annotated[str, Field(max_length=4096)]


class FilePart(_Part):
    type: Literal["file"]
    fileId: Annotated[str, Field(max_length=64)]
    filename: Annotated[str, Field(max_length=512)]


class ReasoningPart(_Part):
    """What the model thought; `signature` and `provider` let the same provider kind see it again."""

    type: Literal["reasoning"]
    text: str
    signature: str | None = None
    provider: str | None = None


class ToolCallPart(_Part):
    type: Literal["tool-call"]
    toolCallId: str
    toolName: str
    args: dict[str, Any] | str
    state: Literal["call", "result", "error"]
    result: Any = None
    signature: str | None = None


class CitationPart(_Part):
    type: Literal["citation"]
    number: int
    title: str
    url: str | None = None
    fileId: str | None = None
    quote: str | None = None


class InfoPart(_Part):
    """A note of the server about the answer, such as `context_trimmed`; its text is `notes.<code>`."""

    type: Literal["info"]
    code: str
    params: Params = {}


class ErrorPart(_Part):
    """Why an answer ended early; its text is `errors.<code>`, `detail` is that text in the owner's language then."""

    type: Literal["error"]
    code: str
    detail: str = ""
    params: Params = {}


ContentPart = Annotated[
    TextPart | ImagePart | FilePart | ReasoningPart | ToolCallPart | CitationPart | InfoPart | ErrorPart,
    Field(discriminator="type"),
]
InputPart = Annotated[TextPart | ImagePart | FilePart, Field(discriminator="type")]

StoredPart = dict[str, Any]


class Usage(BaseModel):
    """Token counts of an answer, over all its model calls; null where the provider does not say."""

    inputTokens: int
    outputTokens: int
    totalTokens: int
    reasoningTokens: int | None = None
    cachedInputTokens: int | None = None
