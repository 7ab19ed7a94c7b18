"""The JSON of the product's live stream, typed, as far as the load client and the relay need it."""

import msgspec


class FrameData(msgspec.Struct, omit_defaults=True):
    """What the frames of an answer carry; frames of other types leave these at their defaults."""

    message_id: str | None = None
    generation_id: str | None = None
    chunk: str = ""
    status: str | None = None
    code: str | None = None


class Frame(msgspec.Struct):
    """One server frame of the WebSocket."""

    type: str
    seq: int | None = None
    data: FrameData = msgspec.field(default_factory=FrameData)


class AskData(msgspec.Struct, omit_defaults=True):
    message: str
    client_id: str
    model: str | None = None


class AskFrame(msgspec.Struct, tag_field="type", tag="send_message"):
    """The client frame that sends a message."""

    data: AskData


class Delta(msgspec.Struct):
    content: str | None = None


class Choice(msgspec.Struct):
    delta: Delta


class Completion(msgspec.Struct):
    """One event of an OpenAI-compatible stream."""

    choices: list[Choice] = []
