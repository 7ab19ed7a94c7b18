"""What a client may say on a WebSocket, and what becomes of everything else."""

import json
from contextlib import suppress
from typing import Any

import pytest
from tests.support.app import HANG, NOBODY, Event, Person, Stream, text_of
from websockets import ConnectionClosed

from chatbox.generation.socket import LARGEST_FRAME

_TEXT = [{"type": "text", "text": "one two"}]
_FORMS: dict[str, dict[str, Any]] = {
    "message": {"data": {"message": "one two"}},
    "data is the text": {"data": "one two"},
    "message beside the type": {"message": "one two"},
    "message beside empty data": {"message": "one two", "data": {}},
    "message beside null data": {"message": "one two", "data": None},
    "object beside the type": {"message": {"text": "one two"}},
    "message is an object": {"data": {"message": {"content": "one two"}}},
    "message holds parts": {"data": {"message": {"content_parts": _TEXT}}},
    "parts": {"data": {"content_parts": _TEXT}},
    "fields of another version": {"data": {"message": "one two", "new": 1}, "newer": [2]},
    "sketch": {"data": {"message": "one two", "content_parts": None, "model": None, "parent_id": None}},
}


def is_question(event: Event) -> bool:
    return bool(event["type"] == "message_created" and event["data"]["message"]["role"] == "user")


@pytest.mark.parametrize("frame", _FORMS.values(), ids=list(_FORMS))
async def test_a_message_may_be_sent_in_any_of_its_forms(ann: Person, frame: dict[str, Any]) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as stream:
        await stream.connection.send(json.dumps({"type": "send_message", **frame}))
        created = (await stream.until(is_question))[-1]

    assert created["data"]["message"]["content_parts"] == _TEXT


async def test_a_message_may_name_its_model_its_place_and_its_key(ann: Person) -> None:
    session = await ann.session(HANG)
    first = await ann.send(session["id"], "first", model="scripted/echo")
    await ann.ended(session["id"], first)
    wish = {"message": "hi", "model": "scripted/echo", "parent_id": first["message"]["id"], "client_id": "key"}
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        await stream.say("send_message", wish)
        await stream.say("send_message", wish)
        events = await stream.until("stream_end")
        await stream.live()

    questions = [event for event in stream.events if is_question(event)]
    assert [question["data"]["client_id"] for question in questions] == ["key"]
    assert questions[0]["data"]["message"]["parent_id"] == first["message"]["id"]
    assert events[-1]["data"]["status"] == "complete"


async def test_an_answer_can_be_regenerated_and_continued_over_the_socket(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-2")
    answer = await ann.ask(session["id"])
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        await stream.say("continue", {"message_id": answer["id"]})
        went_on = (await stream.until("stream_end"))[-1]
        await stream.say("regenerate", {"message_id": answer["id"], "model": "scripted/echo"})
        again = (await stream.until("stream_end"))[-1]

    assert went_on["data"]["message_id"] == answer["id"]
    assert again["data"]["message_id"] != answer["id"]
    assert text_of(await ann.message(session["id"], answer["id"])).count("token0") == 2


async def test_a_tool_that_waits_for_nobody_cannot_be_approved(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.say("approve_tool", {"message_id": NOBODY, "tool_call_id": "x"})

        assert (await stream.next())["data"]["code"] == "tool_not_waiting"


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "null",
        "[]",
        "7",
        '"send_message"',
        "{",
        "{}",
        '{"type":null}',
        '{"type":"unknown"}',
        '{"type":"unknown","data":{"deep":[[[]]]}}',
        '{"type":"send_message"}trailing',
        '{"type":"send_message","data":7}',
        '{"type":"send_message","data":["a"]}',
        '{"type":"send_message","data":{"message":7}}',
        '{"type":"send_message","data":{"message":"\\ud800"}}',
        '{"type":"send_message","data":{"message":"hi","parent_id":"x"}}',
        '{"type":"send_message","data":{"message":"hi","client_id":""}}',
        '{"type":"send_message","data":{"message":"hi","model":""}}',
        '{"type":"send_message","data":{"content_parts":[{"type":"html","html":"x"}]}}',
        '{"type":"stop_generation","data":{"message_id":"x"}}',
        '{"type":"regenerate"}',
        '{"type":"regenerate","data":{}}',
        '{"type":"continue","data":null}',
        '{"type":"approve_tool","data":{}}',
        "[" * 100_000,
        '{"type":' * 50_000,
        '{"type":"ping","x":' + "[" * 5000 + "]" * 5000 + "}",
        b"\x00\xff\xfe",
        b"{",
        b'{"type":"unknown"}',
    ],
    ids=lambda said: repr(said[:40]),
)
async def test_what_cannot_be_understood_is_told_and_the_socket_lives_on(ann: Person, said: str | bytes) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.connection.send(said)
        error = await stream.next()
        await still_works(stream)

    assert error["type"] == "error"
    assert error["data"]["code"] == "bad_frame"
    assert error["data"]["message_id"] is None
    assert error["data"]["detail"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "send_message"}, "empty_message"),
        ({"type": "send_message", "data": ""}, "empty_message"),
        ({"type": "send_message", "data": {"message": " \x00 "}}, "empty_message"),
        ({"type": "send_message", "data": "x" * 1_000_001}, "message_too_long"),
        ({"type": "send_message", "data": {"message": {"text": "x" * 1_000_001}}}, "message_too_long"),
        ({"type": "send_message", "data": {"message": "hi", "model": "none\x00"}}, "model_unknown"),
        ({"type": "send_message", "data": {"message": "hi", "model": f"{NOBODY}/\x00"}}, "model_unknown"),
        ({"type": "send_message", "data": {"message": "hi", "parent_id": NOBODY}}, "message_not_found"),
        ({"type": "send_message", "data": {"content_parts": [{"type": "image", "image": "x"}]}}, "file_not_found"),
        ({"type": "stop_generation", "data": {"message_id": NOBODY}}, "message_not_found"),
        ({"type": "regenerate", "data": {"message_id": NOBODY}}, "message_not_found"),
        ({"type": "continue", "data": {"message_id": NOBODY}}, "message_not_found"),
    ],
)
async def test_a_refused_wish_is_told_and_the_socket_lives_on(ann: Person, frame: dict[str, Any], code: str) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.connection.send(json.dumps(frame))
        error = await stream.next()
        await still_works(stream)

    assert (error["type"], error["data"]["code"]) == ("error", code)


async def test_a_key_with_a_nul_is_refused_and_the_socket_lives_on(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.say("send_message", {"message": "hi", "client_id": "a\x00b"})
        error = await stream.next()
        await still_works(stream)

    assert error["type"] == "error"


async def test_a_frame_in_bytes_is_read_like_one_in_text(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.connection.send(b'{"type":"ping"}')

        assert (await stream.next())["type"] == "pong"


async def test_a_frame_over_the_limit_is_refused_and_the_socket_lives_on(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.say("send_message", "x" * LARGEST_FRAME)
        error = await stream.next()
        await still_works(stream)

    assert error["data"]["code"] == "frame_too_large"


async def test_a_frame_beyond_all_measure_closes_the_socket(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        with suppress(ConnectionClosed):
            await stream.connection.send("x" * (4 * LARGEST_FRAME + 1))

        assert (await stream.closed())[0] == 1009


async def test_too_many_frames_at_once_are_refused_for_a_while(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        for _ in range(100):
            await stream.say("ping")
        answers = [await stream.next() for _ in range(100)]
        await stream.live()

    assert [answer["type"] for answer in answers[:60]] == ["pong"] * 60
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert refused
    assert {answer["data"]["code"] for answer in refused} == {"too_many_requests"}


async def still_works(stream: Stream) -> None:
    await stream.say("ping")
    assert (await stream.next())["type"] == "pong"
