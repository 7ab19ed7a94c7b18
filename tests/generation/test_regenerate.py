"""Asking again: another answer beside the old one."""

from tests.support.app import NOBODY, Person, problem_of, text_of


async def test_another_answer_stands_beside_the_old_one(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "hi")
    await ann.ended(session["id"], sent)

    again = await ann.act(session["id"], sent["answer"]["id"], "regenerate")
    await ann.ended(session["id"], again)

    assert again["message"] is None
    question, answer = await ann.messages(session["id"])
    assert question["id"] == sent["message"]["id"]
    assert answer["sibling_ids"] == [sent["answer"]["id"], answer["id"]]
    assert text_of(answer) == "hi"


async def test_a_question_can_be_asked_again_too(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "hi")
    await ann.ended(session["id"], sent)

    again = await ann.act(session["id"], sent["message"]["id"], "regenerate")

    assert again["answer"]["parent_id"] == sent["message"]["id"]
    assert again["answer"]["sibling_ids"] == [sent["answer"]["id"], again["answer"]["id"]]


async def test_another_model_can_be_asked(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-1")
    answer = await ann.ask(session["id"], "hi")

    again = await ann.act(session["id"], answer["id"], "regenerate", model="scripted/echo")
    await ann.ended(session["id"], again)

    assert text_of(await ann.message(session["id"], again["answer"]["id"])) == "hi"


async def test_without_a_model_the_session_s_own_answers(ann: Person) -> None:
    session = await ann.session("scripted/echo")
    answer = await ann.ask(session["id"], "hi", model="scripted/fail-after-1")

    again = await ann.act(session["id"], answer["id"], "regenerate")

    assert again["answer"]["model"] == "scripted/echo"


async def test_in_a_session_without_a_model_the_same_one_answers_again(ann: Person) -> None:
    session = await ann.session(None)
    answer = await ann.ask(session["id"], "hi", model="scripted/fail-after-1")

    again = await ann.act(session["id"], answer["id"], "regenerate")

    assert again["answer"]["model"] == "scripted/fail-after-1"


async def test_an_old_answer_asked_again_does_not_see_what_came_after_it(ann: Person) -> None:
    session = await ann.session()
    first = await ann.send(session["id"], "first")
    await ann.ended(session["id"], first)
    await ann.ask(session["id"], "second")

    again = await ann.act(session["id"], first["answer"]["id"], "regenerate")
    await ann.ended(session["id"], again)

    assert [text_of(message) for message in await ann.messages(session["id"])] == ["first", "first"]


async def test_an_answer_that_is_being_written_can_be_asked_again_and_the_new_one_waits(ann: Person) -> None:
    session = await ann.session("scripted/hang")
    sent = await ann.send(session["id"], "hi")

    again = await ann.act(session["id"], sent["answer"]["id"], "regenerate", model="scripted/echo")

    assert again["answer"]["status"] == "queued"
    await ann.stop(session["id"], sent["answer"]["id"])
    await ann.ended(session["id"], again)


async def test_a_message_that_does_not_exist_cannot_be_asked_again(ann: Person) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{NOBODY}/regenerate")

    assert problem_of(response) == (404, "message_not_found")


async def test_a_model_that_does_not_exist_is_refused(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"], "hi")

    response = await ann.http.post(
        f"/sessions/{session['id']}/messages/{answer['id']}/regenerate", json={"model": f"{NOBODY}/x"}
    )

    assert problem_of(response) == (404, "model_unknown")
