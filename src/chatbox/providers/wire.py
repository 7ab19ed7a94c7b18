"""What an adapter gives the HTTP layer: one call in its provider's words, and a reader for the answer's bytes."""

import secrets
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec
from yarl import URL

from chatbox.providers.joiner import DeltaJoiner
from chatbox.providers.port import (
    Endpoint,
    Finished,
    FinishReason,
    Image,
    ModelError,
    ModelEvent,
    ModelRequestRefused,
    ModelUsage,
    StreamBroken,
    Text,
    ToolCall,
)

Listing = TypeVar("Listing")


class FrameCutter(Protocol):
    """Whole frames out of pieces of bytes."""

    def cut(self, data: bytes) -> list[bytes]: ...

    def rest(self) -> list[bytes]: ...


class AnswerReader(ABC):
    """Turns the bytes of one streamed answer into events; any cutting of the bytes gives the same answer.

    Pure: no clock, no socket. A subclass reads one frame at a time: it puts deltas into `_joiner`, sets `reason` at the
    finish mark, `usage` when told, and `is_over` when the provider said that nothing follows.
    A failure is kept in `failure` and not raised, so that the text which came before it is delivered first.
    """

    def __init__(self, frames: FrameCutter) -> None:
        self._frames = frames
        self._joiner = DeltaJoiner()
        self.reason: FinishReason | None = None
        self.usage: ModelUsage | None = None
        self.is_over = False
        self.failure: ModelError | None = None

    def feed(self, data: bytes) -> list[ModelEvent]:
        """The events that these bytes completed, neighbouring text joined."""
        try:
            self._read_frames(self._frames.cut(data))
        except ModelError as error:
            self.failure = error
        return self._joiner.take()

    def close(self) -> list[ModelEvent]:
        """The last events of a stream that ended; `Finished` is the very last, unless there is a `failure`."""
        events: list[ModelEvent] = []
        if not self.is_over and self.failure is None:
            try:
                self._read_frames(self._frames.rest())
            except ModelError as error:
                self.failure = error
            events += self._joiner.take()
        if self.failure is None and self.reason is None:
            self.failure = StreamBroken("the stream ended without its finish mark")
        if self.failure is None and self.reason is not None:
            self._complete()
            events += [*self._joiner.take(), Finished(self.reason, self.usage)]
        return events

    def _read_frames(self, frames: Sequence[bytes]) -> None:
        read = self._read
        try:
            for frame in frames:
                read(frame)
                if self.is_over:
                    return
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise StreamBroken("the provider sent something undecodable") from error

    @abstractmethod
    def _read(self, frame: bytes) -> None:
        """Read one frame. May raise `ModelError`, or let the decoder's error pass."""

    def _complete(self) -> None:
        """Put what was held back until the end (tool calls, half a tag) into the joiner."""
        return


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose answer streams. `body` is JSON; `read` makes a fresh reader for each attempt."""

    endpoint: Endpoint
    url: str
    headers: Mapping[str, str]
    body: bytes
    read: Callable[[], AnswerReader]


def host_of(base_url: str) -> str:
    """The host of a base URL, lower case; empty if it cannot be read, which the call itself will refuse."""
    try:
        return (URL(base_url.strip()).host or "").lower()
    except ValueError:
        return ""


def new_call_id() -> str:
    """A name for a tool call whose provider gave it none; unique within a session, as replaying a call needs."""
    return f"call_{secrets.token_hex(8)}"


def is_json(text: str) -> bool:
    """Whether a model finished writing its JSON: an answer cut by its length limit leaves half a document."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def data_url(image: Image) -> str:
    """The picture as a URL that a provider can read: the bytes inline (RFC 2397), or else its own address."""
    if image.data is not None:
        return f"data:{image.mime_type};base64,{b64encode(image.data).decode()}"
    return address_of(image)


def address_of(image: Image) -> str:
    """Where the provider can fetch a picture that has no bytes. Raises `ModelRequestRefused` if it has none either."""
    if image.url is None:
        raise ModelRequestRefused("a picture has neither bytes nor an address")
    return image.url


def joined_text(parts: Iterable[object]) -> str:
    """All the text among the parts, in order."""
    return "".join(part.text for part in parts if isinstance(part, Text))


def parsed_arguments(call: ToolCall) -> dict[str, object]:
    """A call's arguments as an object, for wires that want one; empty if the model wrote something else."""
    try:
        arguments: object = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def decode_listing(body: bytes, shape: type[Listing]) -> Listing:
    """A provider's model list as its type. Raises `ModelRequestRefused` if it is something else."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ModelRequestRefused("the address gave no list of models: check the base URL") from error
