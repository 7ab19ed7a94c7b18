"""The frames of an OpenAI-compatible chat completion, as the API reference documents them."""

import json

from tests.support.upstreams.turns import Tokens, Turn
from tests.support.upstreams.wires import Failure, Wire, sse

FINISH = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}


def chunk(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return sse({**_head(), "choices": [choice]})


def usage_chunk(tokens: Tokens) -> bytes:
    usage = {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning, "audio_tokens": 0},
    }
    return sse({**_head(), "choices": [], "usage": usage})


def call_piece(index: int, **fields: object) -> bytes:
    return chunk({"tool_calls": [{"index": index, **fields}]})


def frames(turn: Turn) -> list[bytes]:
    out = [chunk({"role": "assistant", "content": ""})]
    out += [chunk({"reasoning_content": piece}) for piece in turn.reasoning]
    out += [chunk({"content": piece}) for piece in turn.text]
    for index, call in enumerate(turn.calls):
        function = {"name": call.name, "arguments": ""}
        out.append(call_piece(index, id=call.id, type="function", function=function))
        out += [call_piece(index, function={"arguments": piece}) for piece in call.pieces]
    out.append(chunk({}, FINISH[turn.finish]))
    if turn.tokens is not None:
        out.append(usage_chunk(turn.tokens))
    return [*out, b"data: [DONE]\n\n"]


def error_body(failure: Failure) -> bytes:
    return json.dumps({"error": {"message": failure.message, "type": "error", "param": None, "code": None}}).encode()


def _head() -> dict[str, object]:
    return {
        "id": "chatcmpl-9xYzAbCdEf",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "scripted",
        "system_fingerprint": "fp_44709d6fcb",
    }


WIRE = Wire(
    name="openai",
    content_type="text/event-stream",
    frames=frames,
    error_body=error_body,
    error_frame=sse({"error": {"message": "The server had an error", "type": "server_error", "code": None}}),
    malformed=b'data: {"id": "x", "choices": [{"ind\n\n',
    models_body=json.dumps(
        {"object": "list", "data": [{"id": "plain", "object": "model", "created": 1, "owned_by": "test"}]}
    ).encode(),
)
