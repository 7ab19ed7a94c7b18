"""Going on with an answer that was stopped, cut or failed."""

import pytest
from tests.support.app import NOBODY, Person, problem_of, text_of


async def test_an_answer_that_broke_goes_on_where_it_stood(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-2")
    answer = await ann.ask(session["id"])

    went_on = await ann.act(session["id"], answer["id"], "continue")
    events = await ann.ended(session["id"], went_on)

    assert went_on["answer"]["id"] == answer["id"]
    assert went_on["generation_id"] != answer["generation_id"]
    assert events[0]["data"]["content_parts"] == [{"type": "text", "text": "token0 token1 "}]
    stored = await ann.message(session["id"], answer["id"])
    assert text_of(stored) == "token0 token1 token0 token1 "
    assert [part["type"] for part in stored["content_parts"]] == ["text", "error"]


async def test_while_it_goes_on_the_old_failure_is_gone(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-2")
    answer = await ann.ask(session["id"])

    went_on = await ann.act(session["id"], answer["id"], "continue")

    assert went_on["answer"]["content_parts"] == [{"type": "text", "text": "token0 token1 "}]
    assert (went_on["answer"]["status"], went_on["answer"]["finish_reason"]) == ("streaming", None)


async def test_a_stopped_answer_goes_on(ann: Person) -> None:
    session = await ann.session("scripted/paced-50-1000")
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=sent["seq"]) as stream:
        await stream.until("stream_chunk")
        await ann.stop(session["id"], sent["answer"]["id"])
        await stream.until_end_of(sent["answer"]["id"])
        before = text_of(await ann.message(session["id"], sent["answer"]["id"]))

        went_on = await ann.act(session["id"], sent["answer"]["id"], "continue")
        await stream.until("stream_start")
        await stream.until("stream_chunk")
        await ann.stop(session["id"], went_on["answer"]["id"])
        await stream.until_end_of(sent["answer"]["id"])

    after = text_of(await ann.message(session["id"], sent["answer"]["id"]))
    assert after.startswith(before + "token0 ")


async def test_an_answer_that_never_said_anything_is_simply_asked_again(ann: Person) -> None:
    session = await ann.session("scripted/limited-1")
    answer = await ann.ask(session["id"])
    assert answer["status"] == "error"

    went_on = await ann.act(session["id"], answer["id"], "continue")
    events = await ann.ended(session["id"], went_on)

    assert events[0]["data"]["content_parts"] == []


async def test_going_on_with_an_old_branch_makes_it_the_active_one(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-2")
    first = await ann.ask(session["id"])
    again = await ann.act(session["id"], first["id"], "regenerate", model="scripted/echo")
    await ann.ended(session["id"], again)

    went_on = await ann.act(session["id"], first["id"], "continue")
    await ann.ended(session["id"], went_on)

    assert (await ann.messages(session["id"]))[-1]["id"] == first["id"]


async def test_a_complete_answer_has_nothing_to_go_on_with(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"])

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{answer['id']}/continue")

    assert problem_of(response) == (409, "nothing_to_continue")


@pytest.mark.parametrize("which", ["message", "answer"])
async def test_neither_a_question_nor_a_running_answer_can_be_gone_on_with(ann: Person, which: str) -> None:
    session = await ann.session("scripted/hang")
    sent = await ann.send(session["id"])

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{sent[which]['id']}/continue")

    assert problem_of(response) == (409, "nothing_to_continue")
    await ann.stop(session["id"], sent["answer"]["id"])


async def test_a_message_that_does_not_exist_cannot_be_gone_on_with(ann: Person) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{NOBODY}/continue")

    assert problem_of(response) == (404, "message_not_found")
