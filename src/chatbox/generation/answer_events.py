"""The events of one running answer, and the encoded beginnings of the ones that come for every token."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from chatbox.generation.events import (
    ReasoningChunk,
    SessionUpdated,
    StreamStart,
    ToolCallStarted,
    ToolResulted,
    WaitingPlace,
)
from chatbox.generation.tables import Generation
from chatbox.providers.port import ToolCall
from chatbox.sessions.parts import StoredPart
from chatbox.tools.port import ToolOutput

TOOL_NOT_OFFERED = "tool_not_offered"

_SIMPLE = (str, bool, int, float, type(None))


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


def tool_called(generation: Generation, call: ToolCall) -> ToolCallStarted:
    return ToolCallStarted(
        message_id=generation.message_id,
        generation_id=generation.id,
        toolCallId=call.id,
        toolName=call.name,
        args=told_arguments(call.arguments),
        signature=call.signature,
    )


def tool_answered(generation: Generation, call: ToolCall, output: ToolOutput) -> ToolResulted:
    return ToolResulted(
        message_id=generation.message_id,
        generation_id=generation.id,
        toolCallId=call.id,
        state="error" if output.is_error else "result",
        result=output.text,
    )


def tool_call_part(call: ToolCall) -> StoredPart:
    """A call that waits for its result."""
    part: StoredPart = {
        "type": "tool-call",
        "toolCallId": call.id,
        "toolName": call.name,
        "args": told_arguments(call.arguments),
        "state": "call",
    }
    return part | ({"signature": call.signature} if call.signature else {})


def told_arguments(arguments: str) -> dict[str, Any] | str:
    """Arguments as the object that they are, if they are a simple one; else as the model wrote them, since what is in
    nested or escaped ones may be more than a reader, or PostgreSQL, can hold."""
    if "\\" in arguments:
        return arguments
    try:
        parsed: object = msgspec.json.decode(arguments or "{}")
    except (msgspec.DecodeError, RecursionError):
        return arguments
    is_simple = isinstance(parsed, dict) and all(isinstance(value, _SIMPLE) for value in parsed.values())
    return parsed if isinstance(parsed, dict) and is_simple else arguments
