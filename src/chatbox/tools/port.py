"""What a tool is: something with a name and a schema that a model may call, and that answers in text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chatbox.providers.port import ToolSpec


@dataclass(frozen=True, slots=True)
class ToolContext:
    """For whom a tool works, and in which session. `most_characters` is how long its answer may be."""

    owner_id: UUID
    session_id: UUID
    most_characters: int


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool says to the model; `is_error` when it could not do what was asked."""

    text: str
    is_error: bool = False


class ToolRefused(Exception):
    """A tool cannot do what it was asked for; the text tells the model why, so that it can ask better."""


class Tool(Protocol):
    """Something that a model may call."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told of it."""
        ...

    async def call(self, context: ToolContext, arguments: Mapping[str, object]) -> ToolOutput:
        """Do it. `arguments` is what the model wrote, an object but not yet checked. Raises `ToolRefused`."""
        ...
