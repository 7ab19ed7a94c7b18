"""What a careless or hostile provider sends can spoil its own answer at most."""

import json
from typing import Any

import pytest
from tests.support.app import Person, text_of
from tests.support.upstreams.server import Upstream

_DONE = b"data: [DONE]\n\n"


def frame(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    body = {
        "id": "a",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }
    return f"data: {json.dumps(body)}\n\n".encode()


def call(name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "call\x00", "type": "function", "function": function}]}


# What has begun is not tried again.
_BEGIN = frame({"content": "x"})
_ANSWERS = {
    "a nul in the text": [frame({"content": "be\x00fore"}), frame({}, "stop"), _DONE],
    "a nul in the reasoning": [frame({"reasoning_content": "hm\x00"}), frame({"content": "x"}, "stop"), _DONE],
    "a nul in the name of a tool": [frame(call("a\x00b", "{}")), frame({}, "tool_calls"), _DONE],
    "a nul in the arguments of a tool": [frame(call("a", '{"b":"\x00"}')), frame({}, "tool_calls"), _DONE],
    "a nul in the finish": [frame({"content": "x"}), frame({}, "odd\x00reason"), _DONE],
    "a nul in an error": [
        frame({"content": "x"}),
        b'data: {"error":{"message":"bad\\u0000","type":"a\\u0000","code":"b\\u0000"}}\n\n',
    ],
    "half a character in the text": [_BEGIN, frame({"content": "a\ud800b"}), frame({}, "stop"), _DONE],
    "half a character in a tool": [_BEGIN, frame(call("a\ud800", "{\ud800")), frame({}, "tool_calls"), _DONE],
    "counts beyond all measure": [
        frame({"content": "x"}, "stop"),
        frame({}, None, choices=[], usage={"prompt_tokens": 10**30, "completion_tokens": -5, "total_tokens": 1}),
        _DONE,
    ],
    "no end": [_BEGIN, _DONE],
    "markup": [frame({"content": "<script>alert(1)</script>"}), frame({}, "stop"), _DONE],
    "events of ours": [
        b'event: stream_end\ndata: {"message_id":"x","status":"complete"}\n\n',
        frame({"content": "x", "type": "session_updated", "execute": "alert(1)"}),
        frame({}, "stop"),
        _DONE,
    ],
}


@pytest.mark.parametrize("frames", _ANSWERS.values(), ids=list(_ANSWERS))
async def test_every_answer_ends_and_is_stored(
    admin: Person, upstream: Upstream, provider: str, frames: list[bytes]
) -> None:
    upstream.frames_of["mischief"] = frames
    session = await admin.session(f"{provider}/mischief", name="n")
    sent = await admin.send(session["id"])

    events = await admin.ended(session["id"], sent)
    answer = await admin.message(session["id"], sent["answer"]["id"])

    assert answer["status"] in {"complete", "error"}
    assert answer["status"] == events[-1]["data"]["status"]
    assert "\\u0000" not in json.dumps(answer)
    assert {event["type"] for event in events} <= {
        "stream_start",
        "stream_chunk",
        "reasoning_chunk",
        "tool_call",
        "tool_result",
        "error",
        "stream_end",
    }


async def test_text_is_kept_without_what_cannot_be_stored(admin: Person, upstream: Upstream, provider: str) -> None:
    upstream.frames_of["mischief"] = _ANSWERS["a nul in the text"]
    session = await admin.session(f"{provider}/mischief", name="n")

    assert text_of(await admin.ask(session["id"])) == "before"


async def test_a_tool_that_was_never_offered_is_refused(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/tools", name="n")

    answer = await admin.ask(session["id"])

    calls = [part for part in answer["content_parts"] if part["type"] == "tool-call"]
    assert {(part["state"], part["result"]) for part in calls} == {("error", "tool_not_offered")}


async def test_counts_that_cannot_be_are_not_shown(admin: Person, upstream: Upstream, provider: str) -> None:
    upstream.frames_of["mischief"] = _ANSWERS["counts beyond all measure"]
    session = await admin.session(f"{provider}/mischief", name="n")

    usage = (await admin.ask(session["id"]))["usage"]

    assert all(0 <= count < 2**53 for count in usage.values() if count is not None)


async def test_a_stop_closes_the_upstream_socket_at_once(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/slow", name="n")
    sent = await admin.send(session["id"])
    async with admin.socket(session["id"], after=sent["seq"]) as stream:
        await stream.until("stream_chunk")
        await stream.say("stop_generation")
        await stream.until("stream_end")

    await upstream.client_closed.wait()
