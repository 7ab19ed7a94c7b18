"""Writing a message anew: in a branch beside the old one, which stays."""

from tests.support.app import NOBODY, Person, problem_of, text_of


async def test_an_edited_question_is_answered_anew_beside_the_old_one(ann: Person) -> None:
    session = await ann.session()
    old = await ann.send(session["id"], "first")
    await ann.ended(session["id"], old)

    new = await ann.act(session["id"], old["message"]["id"], "edit", message="better")
    await ann.ended(session["id"], new)

    question, answer = await ann.messages(session["id"])
    assert (text_of(question), text_of(answer)) == ("better", "better")
    assert question["sibling_ids"] == [old["message"]["id"], question["id"]]
    assert text_of(await ann.message(session["id"], old["message"]["id"])) == "first"


async def test_an_edit_in_the_middle_leaves_what_came_after_in_its_own_branch(ann: Person) -> None:
    session = await ann.session()
    first = await ann.send(session["id"], "first")
    await ann.ended(session["id"], first)
    second = await ann.send(session["id"], "second")
    await ann.ended(session["id"], second)

    new = await ann.act(session["id"], second["message"]["id"], "edit", message="other second")

    assert new["message"]["parent_id"] == first["answer"]["id"]
    assert [text_of(message) for message in await ann.messages(session["id"])][:3] == ["first", "first", "other second"]
    assert len(await ann.messages(session["id"], view="tree")) == 6


async def test_an_edited_answer_stands_as_it_was_written(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"], "hi")

    edited = await ann.act(session["id"], answer["id"], "edit", message="my own words")

    assert (edited["answer"], edited["generation_id"]) == (None, None)
    _, shown = await ann.messages(session["id"])
    assert (shown["role"], shown["status"], text_of(shown)) == ("assistant", "complete", "my own words")
    assert shown["sibling_ids"] == [answer["id"], shown["id"]]


async def test_a_talk_goes_on_from_an_edited_answer(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"], "hi")
    edited = await ann.act(session["id"], answer["id"], "edit", message="my own words")

    sent = await ann.send(session["id"], "and then")

    assert sent["message"]["parent_id"] == edited["message"]["id"]


async def test_an_edit_is_seen_by_everyone_who_follows(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"], "hi")
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        edited = await ann.act(session["id"], answer["id"], "edit", message="my own words")
        events = await stream.until("session_updated")

    assert events[0]["data"]["message"]["id"] == edited["message"]["id"]
    assert events[-1]["data"]["session"]["active_leaf_id"] == edited["message"]["id"]


async def test_an_edit_may_name_another_model(ann: Person) -> None:
    session = await ann.session("scripted/hang")
    sent = await ann.send(session["id"], "first")
    await ann.stop(session["id"], sent["answer"]["id"])

    new = await ann.act(session["id"], sent["message"]["id"], "edit", message="better", model="scripted/echo")
    await ann.ended(session["id"], new)

    assert text_of(await ann.message(session["id"], new["answer"]["id"])) == "better"


async def test_only_a_message_that_exists_can_be_edited(ann: Person) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{NOBODY}/edit", json={"message": "hi"})

    assert problem_of(response) == (404, "message_not_found")


async def test_an_edit_to_nothing_is_refused(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"])

    response = await ann.http.post(
        f"/sessions/{session['id']}/messages/{sent['message']['id']}/edit", json={"message": "  "}
    )

    assert problem_of(response) == (422, "empty_message")
