"""The typed parts that a message is made of, in the camelCase names of the contract."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_serializer

LONGEST_TEXT = 1_000_000
MOST_PARTS = 200

Params = dict[str, str | int | float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextPart(_Part):
    type: Literal["text"]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class ImagePart(_Part):
    """A picture. `image` is its file's id when stored and when sent in; sent out it is an address: one signed for the
    reader where messages are read, and the file's own, which asks who is there, in events. With a `fileId` that counts,
    so that what was read may be sent back as it is."""

    type: Literal["image"]
    image: Annotated[str, Field(max_length=4096)]
    fileId: Annotated[str | None, Field(max_length=64)] = None
    filename: Annotated[str | None, Field(max_length=512)] = None

    @field_serializer("image", when_used="json")
    def _address(self, image: str) -> str:
        """An address for an id: a log that is kept must not hold one that is signed (docs/decisions/0014)."""
        return content_address(image) if self.fileId == image else image


class FilePart(_Part):
    """A file that is no picture, or that was not sent as one. Its name is told by the server, whatever was sent."""

    type: Literal["file"]
    fileId: Annotated[str, Field(max_length=64)]
    filename: Annotated[str, Field(max_length=512)]
    mimeType: Annotated[str | None, Field(max_length=255)] = None


def content_address(file_id: str) -> str:
    """Where the bytes of a file are for whoever is signed in as its owner."""
    return f"/api/v1/files/{file_id}/content"


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


def file_id_of(part: StoredPart) -> UUID | None:
    """The file that a stored part names, if it names one."""
    return UUID(part["fileId"]) if part["type"] in {"image", "file"} else None


def file_ids_of(parts: Iterable[StoredPart]) -> list[UUID]:
    """The files that stored parts name, each once, in their order."""
    found = (file_id_of(part) for part in parts)
    return list(dict.fromkeys(file_id for file_id in found if file_id is not None))


class Usage(BaseModel):
    """Token counts of an answer, over all its model calls; null where the provider does not say."""

    inputTokens: int
    outputTokens: int
    totalTokens: int
    reasoningTokens: int | None = None
    cachedInputTokens: int | None = None
