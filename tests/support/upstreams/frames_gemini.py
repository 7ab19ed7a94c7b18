"""The frames of a Gemini `streamGenerateContent?alt=sse` answer, with the carriage returns that Google sends."""

import json
from collections.abc import Mapping, Sequence

from tests.support.upstreams.turns import Turn
from tests.support.upstreams.wires import Failure, Wire

FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def crlf(data: object) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\r\n\r\n".encode()


def response(parts: Sequence[Mapping[str, object]], finish: str | None = None, **fields: object) -> bytes:
    candidate: dict[str, object] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    return crlf({"candidates": [candidate], "modelVersion": "scripted", "responseId": "r1", **fields})


def frames(turn: Turn) -> list[bytes]:
    out = [response([{"text": piece, "thought": True}]) for piece in turn.reasoning]
    out += [response([{"text": piece}]) for piece in turn.text]
    for call in turn.calls:
        part: dict[str, object] = {"functionCall": {"name": call.name, "args": json.loads(call.arguments or "{}")}}
        if call.signature is not None:
            part["thoughtSignature"] = call.signature
        out.append(response([part]))
    usage: dict[str, object] = {}
    if turn.tokens is not None:
        counts = {
            "promptTokenCount": turn.tokens.input,
            "candidatesTokenCount": turn.tokens.output - turn.tokens.reasoning,
            "thoughtsTokenCount": turn.tokens.reasoning,
            "cachedContentTokenCount": turn.tokens.cached,
            "totalTokenCount": turn.tokens.input + turn.tokens.output,
        }
        usage = {"usageMetadata": counts}
    return [*out, response([{"text": ""}], FINISH[turn.finish], **usage)]


def error_body(failure: Failure) -> bytes:
    status = STATUS.get(failure.status, "INTERNAL")
    return json.dumps({"error": {"code": failure.status, "message": failure.message, "status": status}}).encode()


WIRE = Wire(
    name="gemini",
    content_type="text/event-stream",
    frames=frames,
    error_body=error_body,
    error_frame=crlf({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}),
    malformed=b'data: {"candidates": [{"content": {"par\r\n\r\n',
    models_body=json.dumps(
        {
            "models": [
                {
                    "name": "models/plain",
                    "displayName": "Plain",
                    "inputTokenLimit": 1048576,
                    "outputTokenLimit": 65536,
                    "supportedGenerationMethods": ["generateContent", "countTokens"],
                    "thinking": True,
                },
                {"name": "models/embedding-001", "supportedGenerationMethods": ["embedContent"]},
            ]
        }
    ).encode(),
)
