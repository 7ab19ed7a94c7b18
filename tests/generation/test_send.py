"""Sending a message and getting its answer, over HTTP."""

import pytest
from tests.support.app import NOBODY, Person, problem_of, text_of

_FORMS = {
    "message": {"message": "one two"},
    "text": {"text": "one two"},
    "content": {"content": "one two"},
    "message with text": {"message": {"text": "one two"}},
    "message with content": {"message": {"content": "one two"}},
    "message with parts": {"message": {"content_parts": [{"type": "text", "text": "one two"}]}},
    "content_parts": {"content_parts": [{"type": "text", "text": "one two"}]},
}


async def test_a_message_is_answered(ann: Person) -> None:
    session = await ann.session()

    answer = await ann.ask(session["id"], "one two three")

    assert text_of(answer) == "one two three"
    assert answer["status"] == "complete"
    assert answer["finish_reason"] == "stop"
    assert answer["model"] == "scripted/echo"
    assert answer["usage"] == {
        "inputTokens": 8,
        "outputTokens": 3,
        "totalTokens": 11,
        "reasoningTokens": 0,
        "cachedInputTokens": 0,
    }


@pytest.mark.parametrize("body", _FORMS.values(), ids=list(_FORMS))
async def test_a_message_may_come_in_any_of_its_forms(ann: Person, body: dict[str, object]) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages", json=body)

    assert response.status_code == 201
    assert response.json()["message"]["content_parts"] == [{"type": "text", "text": "one two"}]


async def test_what_is_sent_and_what_is_answered_stand_one_below_the_other(ann: Person) -> None:
    session = await ann.session()

    first = await ann.send(session["id"], "first")
    second = await ann.send(session["id"], "second")

    messages = await ann.messages(session["id"])
    assert [message["id"] for message in messages] == [
        first["message"]["id"],
        first["answer"]["id"],
        second["message"]["id"],
        second["answer"]["id"],
    ]
    assert [message["parent_id"] for message in messages] == [None, *(message["id"] for message in messages[:-1])]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]


async def test_an_answer_tells_itself_in_order(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as stream:
        sent = await ann.send(session["id"], "one two three")
        events = await stream.until_end_of(sent["answer"]["id"])

    kinds = [event["type"] for event in events if event["type"] not in {"session_updated", "stream_chunk"}]
    assert kinds == ["message_created", "message_created", "stream_start", "stream_end"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "".join(event["data"]["chunk"] for event in events if event["type"] == "stream_chunk") == "one two three"


async def test_following_from_where_the_answer_was_made_shows_all_of_it(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "one two three")
    await ann.ended(session["id"], sent)

    events = await ann.ended(session["id"], sent)

    assert events[0]["type"] == "stream_start"
    assert "".join(event["data"]["chunk"] for event in events if event["type"] == "stream_chunk") == "one two three"


async def test_every_event_of_an_answer_names_its_run(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"])

    events = await ann.ended(session["id"], sent)

    assert {event["data"]["generation_id"] for event in events if "generation_id" in event["data"]} == {
        sent["generation_id"]
    }
    assert sent["answer"]["generation_id"] == sent["generation_id"]


async def test_a_message_can_be_sent_below_any_other(ann: Person) -> None:
    session = await ann.session()
    first = await ann.send(session["id"], "first")
    await ann.ended(session["id"], first)

    sent = await ann.send(session["id"], "elsewhere", parent_id=first["message"]["id"])

    assert sent["message"]["parent_id"] == first["message"]["id"]
    assert sent["message"]["sibling_ids"] == [first["answer"]["id"], sent["message"]["id"]]
    assert [message["id"] for message in await ann.messages(session["id"])] == [
        first["message"]["id"],
        sent["message"]["id"],
        sent["answer"]["id"],
    ]


async def test_a_message_may_name_another_model(ann: Person) -> None:
    session = await ann.session("scripted/hang")

    answer = await ann.ask(session["id"], "hi", model="scripted/echo")

    assert (answer["model"], text_of(answer)) == ("scripted/echo", "hi")


async def test_a_model_can_be_named_without_its_provider(ann: Person) -> None:
    session = await ann.session("echo")

    answer = await ann.ask(session["id"], "hi")

    assert (answer["model"], text_of(answer)) == ("scripted/echo", "hi")


async def test_a_session_without_a_model_gets_the_default_one(ann: Person) -> None:
    session = await ann.session(None)

    answer = await ann.ask(session["id"], "hi")

    assert answer["model"] == (await ann.http.get("/models")).json()["default"]


async def test_reasoning_stands_before_the_answer(ann: Person) -> None:
    session = await ann.session("scripted/reasoning")

    answer = await ann.ask(session["id"])

    reasoning, text = answer["content_parts"]
    assert reasoning["type"] == "reasoning"
    assert reasoning["text"].startswith("The question is short.")
    assert text == {"type": "text", "text": "The answer is **42**."}
    assert answer["usage"]["reasoningTokens"] > 0


async def test_an_answer_that_breaks_keeps_its_text_and_says_why(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-3")
    sent = await ann.send(session["id"])

    events = await ann.ended(session["id"], sent)

    answer = await ann.message(session["id"], sent["answer"]["id"])
    assert (answer["status"], text_of(answer)) == ("error", "token0 token1 token2 ")
    assert answer["content_parts"][-1]["code"] == "stream_broken"
    assert "kept" in answer["content_parts"][-1]["detail"]
    assert [event["type"] for event in events[-2:]] == ["error", "stream_end"]
    assert events[-2]["data"]["code"] == "stream_broken"
    assert events[-1]["data"]["status"] == "error"


async def test_a_failure_is_told_in_the_language_of_who_asked(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-1")
    ann.http.headers["accept-language"] = "zh-CN"

    answer = await ann.ask(session["id"])

    assert answer["content_parts"][-1]["detail"].startswith("与模型的连接")


async def test_a_place_in_the_model_s_queue_is_told(ann: Person) -> None:
    session = await ann.session("scripted/queue-2")
    sent = await ann.send(session["id"])

    events = await ann.ended(session["id"], sent)

    places = [event["data"]["waiting"]["position"] for event in events if event["type"] == "session_updated"]
    assert places == [2, 1]


async def test_what_cannot_be_stored_is_taken_out(ann: Person) -> None:
    session = await ann.session()

    response = await ann.http.post(
        f"/sessions/{session['id']}/messages",
        content=b'{"message":"be\\u0000fore \\ud800 \xe4\xbd\xa0 \\ud83e\\udd8a"}',
        headers={"content-type": "application/json"},
    )

    assert response.json()["message"]["content_parts"] == [{"type": "text", "text": "before ? 你 🦊"}]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (422, "empty_message")),
        ({"message": ""}, (422, "empty_message")),
        ({"message": " \n\t "}, (422, "empty_message")),
        ({"message": "\x00"}, (422, "empty_message")),
        ({"content_parts": []}, (422, "empty_message")),
        ({"message": "x" * 1_000_001}, (413, "message_too_long")),
        ({"content_parts": [{"type": "text", "text": "x" * 900_000}] * 2}, (413, "message_too_long")),
        ({"content_parts": [{"type": "image", "image": NOBODY}]}, (404, "file_not_found")),
        ({"content_parts": [{"type": "file", "fileId": NOBODY, "filename": "a"}]}, (404, "file_not_found")),
        ({"content_parts": [{"type": "file", "fileId": "../x", "filename": "a"}]}, (404, "file_not_found")),
        (
            {"content_parts": [{"type": "image", "image": f"01939c00-0000-7000-8000-{n:012}"} for n in range(21)]},
            (422, "too_many_files"),
        ),
        ({"content_parts": [{"type": "tool-call", "toolCallId": "x"}]}, (422, "invalid_request")),
        ({"message": "hi", "model": "no such model"}, (404, "model_unknown")),
        ({"message": "hi", "model": f"{NOBODY}/x"}, (404, "model_unknown")),
        ({"message": "hi", "model": "local/none"}, (404, "model_unknown")),
        ({"message": "hi", "parent_id": NOBODY}, (404, "message_not_found")),
        ({"message": "hi", "unknown": 1}, (422, "invalid_request")),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_leaves_nothing(
    ann: Person, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages", json=body)

    assert problem_of(response) == refusal
    assert await ann.messages(session["id"]) == []


async def test_a_scenario_that_does_not_exist_is_an_answer_that_failed(ann: Person) -> None:
    session = await ann.session()

    answer = await ann.ask(session["id"], model="scripted/none")

    assert answer["status"] == "error"
    assert [part["code"] for part in answer["content_parts"]] == ["model_not_found"]
