"""Events of an answer → its message; `web/src/chat/reduce.ts` is its twin, and `tests/contract/turns` keeps them so.

The same fold serves a live page, a page that replays the log, and the repair of an answer whose process died.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chatbox.generation.parts_builder import PartsBuilder
from chatbox.sessions.parts import StoredPart


@dataclass(frozen=True, slots=True)
class Reduced:
    """What the events of one answer add up to; `status` is "streaming" until its `stream_end`."""

    content_parts: list[StoredPart]
    status: str
    usage: Mapping[str, Any] | None
    finish_reason: str | None


def reduce(events: Iterable[tuple[str, Mapping[str, Any]]], start: Iterable[StoredPart] = ()) -> Reduced:
    """Fold `(type, data)` of one answer's events, in order. `start` counts until a `stream_start` says better."""
    parts = PartsBuilder(list(start))
    status, usage, finish_reason = "streaming", None, None
    for kind, data in events:
        if kind == "stream_start":
            parts = PartsBuilder(data["content_parts"])
            status = "streaming"
        elif kind == "stream_end":
            status, usage, finish_reason = data["status"], data["usage"], data["finish_reason"]
            parts.end_calls()
        else:
            _apply(parts, kind, data)
    return Reduced(parts.build(), status, usage, finish_reason)


def _apply(parts: PartsBuilder, kind: str, data: Mapping[str, Any]) -> None:
    match kind:
        case "stream_chunk":
            parts.text(data["chunk"])
        case "reasoning_chunk":
            parts.reasoning(data["chunk"], data["signature"], data["provider"])
        case "tool_call":
            parts.push(tool_call_part(data))
        case "tool_result":
            parts.set_tool_result(data["toolCallId"], data["state"], data["result"])
        case "error":
            parts.push(
                {"type": "error", "code": data["code"], "detail": data["detail"], "params": dict(data["params"])}
            )


def tool_call_part(data: Mapping[str, Any]) -> StoredPart:
    part: StoredPart = {
        "type": "tool-call",
        "toolCallId": data["toolCallId"],
        "toolName": data["toolName"],
        "args": data["args"],
        "state": "call",
    }
    if data.get("signature") is not None:
        part["signature"] = data["signature"]
    return part
