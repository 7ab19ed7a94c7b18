"""The frames of an answer of Anthropic's Messages API, as its streaming reference documents them."""

import json
from collections.abc import Mapping

from tests.support.upstreams.turns import CallTurn, Tokens, Turn
from tests.support.upstreams.wires import Failure, Wire, sse

FINISH = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def event(kind: str, **fields: object) -> bytes:
    return sse({"type": kind, **fields}, event=kind)


def start(tokens: Tokens | None) -> bytes:
    usage = {} if tokens is None else {"usage": input_counts(tokens) | {"output_tokens": 1}}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": "m", "content": [], **usage}
    return event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})


def input_counts(tokens: Tokens) -> dict[str, int]:
    return {
        "input_tokens": tokens.input - tokens.cached,
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": 0,
    }


def delta(index: int, **fields: object) -> bytes:
    return event("content_block_delta", index=index, delta=fields)


def block(index: int, content: Mapping[str, object], deltas: list[bytes]) -> list[bytes]:
    opening = event("content_block_start", index=index, content_block=content)
    return [opening, *deltas, event("content_block_stop", index=index)]


def frames(turn: Turn) -> list[bytes]:
    out = [start(turn.tokens), event("ping")]
    index = 0
    if turn.reasoning:
        deltas = [delta(index, type="thinking_delta", thinking=piece) for piece in turn.reasoning]
        if turn.signature:
            deltas.append(delta(index, type="signature_delta", signature=turn.signature))
        out += block(index, {"type": "thinking", "thinking": "", "signature": ""}, deltas)
        index += 1
    if turn.text:
        deltas = [delta(index, type="text_delta", text=piece) for piece in turn.text]
        out += block(index, {"type": "text", "text": ""}, deltas)
        index += 1
    for call in turn.calls:
        out += call_block(index, call)
        index += 1
    ending = {"stop_reason": FINISH[turn.finish], "stop_sequence": None}
    counts = {} if turn.tokens is None else {"usage": output_counts(turn.tokens)}
    return [*out, event("message_delta", delta=ending, **counts), event("message_stop")]


def output_counts(tokens: Tokens) -> dict[str, object]:
    return {"output_tokens": tokens.output, "output_tokens_details": {"thinking_tokens": tokens.reasoning}}


def call_block(index: int, call: CallTurn) -> list[bytes]:
    deltas = [delta(index, type="input_json_delta", partial_json=piece) for piece in ("", *call.pieces)]
    return block(index, {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, deltas)


def error_body(failure: Failure) -> bytes:
    kind = ERROR_TYPES.get(failure.status, "api_error")
    error = {"type": kind, "message": failure.message}
    return json.dumps({"type": "error", "error": error, "request_id": "req_011"}).encode()


WIRE = Wire(
    name="anthropic",
    content_type="text/event-stream; charset=utf-8",
    frames=frames,
    error_body=error_body,
    error_frame=event("error", error={"type": "overloaded_error", "message": "Overloaded"}),
    malformed=b'event: content_block_delta\ndata: {"type": "content_block_delta", "ind\n\n',
    models_body=json.dumps(
        {
            "data": [{"type": "model", "id": "plain", "display_name": "Plain", "created_at": "2026-01-01T00:00:00Z"}],
            "has_more": False,
            "first_id": "plain",
            "last_id": "plain",
        }
    ).encode(),
)
