"""The events of one running answer, and the encoded beginnings of the ones that come for every token."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from chatbox.generation.events import (
    ReasoningChunk,
    ServerEvent,
    SessionUpdated,
    StreamStart,
    ToolCallStarted,
    ToolResulted,
    WaitingPlace,
)
from chatbox.generation.tables import Generation
from chatbox.providers.port import ToolCall
from chatbox.sessions.parts import StoredPart

TOOL_NOT_OFFERED = "tool_not_offered"


def storable(text: str) -> str:
    """`text` without what PostgreSQL and JSON refuse: NUL characters and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def storable_call(call: ToolCall) -> ToolCall:
    """`call` with every text made storable: a model, or whoever plays one, chooses all of them."""
    return replace(
        call,
        id=storable(call.id),
        name=storable(call.name),
        arguments=storable(call.arguments),
        signature=None if call.signature is None else storable(call.signature),
    )


def text_prefix(generation: Generation) -> bytes:
    """A `stream_chunk`'s encoded data up to its text."""
    return b'{"message_id":"%b","generation_id":"%b","chunk":' % (
        str(generation.message_id).encode(),
        str(generation.id).encode(),
    )


def reasoning_prefix(generation: Generation, provider: str) -> bytes:
    """An unsigned `reasoning_chunk`'s encoded data up to its text."""
    return b'{"message_id":"%b","generation_id":"%b","signature":null,"provider":%b,"chunk":' % (
        str(generation.message_id).encode(),
        str(generation.id).encode(),
        msgspec.json.encode(provider),
    )


def start(generation: Generation, parts: Sequence[StoredPart]) -> StreamStart:
    return StreamStart.model_validate(
        {
            "message_id": generation.message_id,
            "generation_id": generation.id,
            "model": generation.model,
            "content_parts": list(parts),
        }
    )


def signed_reasoning(generation: Generation, text: str, signature: str, provider: str) -> ReasoningChunk:
    return ReasoningChunk(
        message_id=generation.message_id,
        generation_id=generation.id,
        chunk=text,
        signature=signature,
        provider=provider,
    )


def waiting(generation: Generation, position: int) -> SessionUpdated:
    """The model is busy with others; this answer is `position`th in line for it."""
    place = WaitingPlace(message_id=generation.message_id, position=position)
    return SessionUpdated(session=None, waiting=place, deleted_ids=[])


def refused_tool_call(generation: Generation, call: ToolCall) -> tuple[ServerEvent, ...]:
    """A call of a tool that was never offered: shown, and answered with a refusal."""
    return (
        ToolCallStarted(
            message_id=generation.message_id,
            generation_id=generation.id,
            toolCallId=call.id,
            toolName=call.name,
            args=call.arguments,
            signature=call.signature,
        ),
        ToolResulted(
            message_id=generation.message_id,
            generation_id=generation.id,
            toolCallId=call.id,
            state="error",
            result=TOOL_NOT_OFFERED,
        ),
    )


def refused_tool_part(call: ToolCall) -> StoredPart:
    part: StoredPart = {
        "type": "tool-call",
        "toolCallId": call.id,
        "toolName": call.name,
        "args": call.arguments,
        "state": "error",
        "result": TOOL_NOT_OFFERED,
    }
    return part | ({"signature": call.signature} if call.signature else {})
