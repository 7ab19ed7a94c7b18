"""The lines of an answer of Ollama's `/api/chat`, as its API reference documents them."""

import json

from tests.support.upstreams.turns import Turn
from tests.support.upstreams.wires import Failure, Wire


def line(**fields: object) -> bytes:
    head = {"model": "scripted", "created_at": "2026-11-01T00:00:00.000000Z"}
    return json.dumps({**head, **fields}, ensure_ascii=False).encode() + b"\n"


def piece(**fields: object) -> bytes:
    return line(message={"role": "assistant", "content": "", **fields}, done=False)


def frames(turn: Turn) -> list[bytes]:
    out = [piece(thinking=text) for text in turn.reasoning]
    out += [piece(content=text) for text in turn.text]
    for call in turn.calls:
        function = {"name": call.name, "arguments": json.loads(call.arguments or "{}")}
        out.append(piece(tool_calls=[{"function": function}]))
    counts: dict[str, object] = {}
    if turn.tokens is not None:
        counts = {"prompt_eval_count": turn.tokens.input, "eval_count": turn.tokens.output}
    timings = {"total_duration": 1, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1}
    message = {"role": "assistant", "content": ""}
    reason = "length" if turn.finish == "length" else "stop"
    return [*out, line(message=message, done=True, done_reason=reason, **counts, **timings)]


def error_body(failure: Failure) -> bytes:
    return json.dumps({"error": failure.message}).encode()


WIRE = Wire(
    name="ollama",
    content_type="application/x-ndjson",
    frames=frames,
    error_body=error_body,
    error_frame=b'{"error":"llama runner process has terminated: exit status 2"}\n',
    malformed=b'{"model":"scripted","message":{"role":"assis\n',
    models_body=json.dumps({"models": [{"name": "plain", "model": "plain", "size": 1}]}).encode(),
)
