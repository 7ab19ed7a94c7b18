"""The frames of an answer of OpenAI's Responses API, as its reference of streaming events documents them."""

import json

from tests.support.upstreams.turns import Tokens, Turn
from tests.support.upstreams.wires import Failure, Wire, sse


def event(kind: str, **fields: object) -> bytes:
    return sse({"type": kind, "sequence_number": 0, **fields}, event=kind)


def response(status: str, tokens: Tokens | None = None, **fields: object) -> dict[str, object]:
    usage: dict[str, object] | None = None
    if tokens is not None:
        usage = {
            "input_tokens": tokens.input,
            "input_tokens_details": {"cached_tokens": tokens.cached},
            "output_tokens": tokens.output,
            "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
            "total_tokens": tokens.input + tokens.output,
        }
    return {"id": "resp_1", "object": "response", "status": status, "usage": usage, "error": None, **fields}


def frames(turn: Turn) -> list[bytes]:
    out = [event("response.created", response=response("in_progress"))]
    place = 0
    if turn.reasoning:
        out += _reasoning(place, turn)
        place += 1
    if turn.text:
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []}
        out.append(event("response.output_item.added", output_index=place, item=item))
        out += [
            event("response.output_text.delta", item_id="msg_1", output_index=place, content_index=0, delta=piece)
            for piece in turn.text
        ]
        out.append(event("response.output_text.done", item_id="msg_1", text="".join(turn.text)))
        out.append(event("response.output_item.done", output_index=place, item={**item, "status": "completed"}))
        place += 1
    for call in turn.calls:
        item = {"type": "function_call", "id": f"fc_{place}", "call_id": call.id, "name": call.name, "arguments": ""}
        out.append(event("response.output_item.added", output_index=place, item=item))
        out += [event("response.function_call_arguments.delta", item_id=item["id"], delta=p) for p in call.pieces]
        done = {**item, "arguments": call.arguments}
        out.append(event("response.output_item.done", output_index=place, item=done))
        place += 1
    return [*out, _ending(turn)]


def _reasoning(place: int, turn: Turn) -> list[bytes]:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": ""}
    kind = "response.reasoning_summary_text.delta"
    out = [event("response.output_item.added", output_index=place, item=item)]
    out.append(event("response.reasoning_summary_part.added", item_id="rs_1", summary_index=0))
    out += [event(kind, item_id="rs_1", summary_index=0, delta=piece) for piece in turn.reasoning]
    done = {**item, "encrypted_content": turn.signature}
    return [*out, event("response.output_item.done", output_index=place, item=done)]


def _ending(turn: Turn) -> bytes:
    if turn.finish in ("length", "content_filter"):
        cause = "max_output_tokens" if turn.finish == "length" else "content_filter"
        body = response("incomplete", turn.tokens, incomplete_details={"reason": cause})
        return event("response.incomplete", response=body)
    return event("response.completed", response=response("completed", turn.tokens))


def error_body(failure: Failure) -> bytes:
    return json.dumps({"error": {"message": failure.message, "type": "error", "param": None, "code": None}}).encode()


WIRE = Wire(
    name="openai-responses",
    content_type="text/event-stream; charset=utf-8",
    frames=frames,
    error_body=error_body,
    error_frame=event(
        "response.failed",
        response=response("failed", error={"code": "server_error", "message": "The model failed to generate."}),
    ),
    malformed=b'event: response.output_text.delta\ndata: {"type": "response.output_text.delta", "del\n\n',
    models_body=json.dumps({"object": "list", "data": [{"id": "plain", "object": "model"}]}).encode(),
)
