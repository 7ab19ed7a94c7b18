"""One answer as Server-Sent Events, in the simple form that a plain `EventSource` expects (CONTRACT §3)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import msgspec

from chatbox.generation.frame import Frame

HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b": heartbeat\n\n"

_encode = msgspec.json.Encoder().encode


async def all_events(batches: AsyncGenerator[list[Frame]]) -> AsyncGenerator[bytes]:
    """Every event of a session, each named by its type; a comment whenever an empty batch says that it is quiet."""
    yield _HEARTBEAT
    async with aclosing(batches):
        async for batch in batches:
            yield b"".join([frame.sse for frame in batch]) if batch else _HEARTBEAT


async def one_answer(batches: AsyncGenerator[list[Frame]], generation_id: UUID, seq: int) -> AsyncGenerator[bytes]:
    """The text of one answer as `message` events and `done` at its end.

    It begins with a bare `id:`, which no listener sees but which makes a reconnect carry `Last-Event-ID` from the first
    moment, so that a lost connection never sends the question again.
    """
    wanted = str(generation_id)
    yield b"id: %d\n\n" % seq
    async with aclosing(batches):
        async for batch in batches:
            told = b"".join(_told(frame, wanted) for frame in batch)
            if told or not batch:
                yield told or _HEARTBEAT
            if any(_ends(frame, wanted) for frame in batch):
                return


def _told(frame: Frame, generation_id: str) -> bytes:
    if frame.type not in _VIEWS:
        return b""
    data = msgspec.json.decode(frame.data)
    if frame.type != "reset" and data["generation_id"] != generation_id:
        return b""
    name, fields = _VIEWS[frame.type]
    shown = _encode({field: data[field] for field in fields})
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (frame.seq, name, shown)


_VIEWS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "stream_chunk": (b"message", ("chunk",)),
    "reasoning_chunk": (b"reasoning", ("chunk",)),
    "tool_call": (b"tool_call", ("toolCallId", "toolName", "args")),
    "tool_result": (b"tool_result", ("toolCallId", "state", "result")),
    "error": (b"error", ("code", "detail")),
    "stream_end": (b"done", ("usage", "status", "finish_reason", "message_id")),
    "reset": (b"reset", ("seq",)),
}


def _ends(frame: Frame, generation_id: str) -> bool:
    if frame.type == "reset":
        return True
    return frame.type == "stream_end" and msgspec.json.decode(frame.data)["generation_id"] == generation_id
