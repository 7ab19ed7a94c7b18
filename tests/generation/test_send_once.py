"""A wish that comes twice with the same `client_id` is granted once."""

import asyncio

from tests.support.app import HANG, Person


async def test_the_same_key_makes_one_message(ann: Person) -> None:
    session = await ann.session()
    first = await ann.send(session["id"], "hi", client_id="key")
    await ann.ended(session["id"], first)

    again = await ann.send(session["id"], "hi", client_id="key")

    assert again["message"]["id"] == first["message"]["id"]
    assert again["answer"]["id"] == first["answer"]["id"]
    assert again["generation_id"] == first["generation_id"]
    assert len(await ann.messages(session["id"])) == 2


async def test_the_same_key_sent_many_times_at_once_makes_one_message(ann: Person) -> None:
    session = await ann.session()

    sent = await asyncio.gather(*(ann.send(session["id"], "hi", client_id="key") for _ in range(8)))

    assert len({(one["message"]["id"], one["answer"]["id"]) for one in sent}) == 1
    assert len(await ann.messages(session["id"], view="tree")) == 2


async def test_a_repeated_wish_shows_where_to_follow_a_running_answer_from_its_beginning(ann: Person) -> None:
    session = await ann.session("scripted/paced-50-1000")
    first = await ann.send(session["id"], client_id="key")
    async with ann.socket(session["id"], after=first["seq"]) as stream:
        await stream.until("stream_chunk")

    again = await ann.send(session["id"], client_id="key")

    assert again["seq"] == first["seq"]
    await ann.stop(session["id"], first["answer"]["id"])


async def test_the_same_key_in_another_session_is_another_wish(ann: Person) -> None:
    one, other = await ann.session(), await ann.session()

    first = await ann.send(one["id"], "hi", client_id="key")
    second = await ann.send(other["id"], "hi", client_id="key")

    assert first["answer"]["id"] != second["answer"]["id"]


async def test_the_key_is_told_with_the_message_that_it_made(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as stream:
        await ann.send(session["id"], "hi", client_id="key")
        created = (await stream.until("message_created"))[-1]

    assert created["data"]["client_id"] == "key"


async def test_without_a_key_the_same_text_is_sent_again(ann: Person) -> None:
    session = await ann.session()

    await ann.send(session["id"], "hi")
    await ann.send(session["id"], "hi")

    assert len(await ann.messages(session["id"])) == 4


async def test_an_edit_repeated_makes_one_branch(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "first")
    await ann.ended(session["id"], sent)

    edits = await asyncio.gather(
        *(ann.act(session["id"], sent["message"]["id"], "edit", message="better", client_id="key") for _ in range(4))
    )

    assert len({edit["message"]["id"] for edit in edits}) == 1
    assert len(await ann.messages(session["id"], view="tree")) == 4


async def test_an_edited_answer_repeated_stands_once(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"])

    for _ in range(2):
        await ann.act(session["id"], answer["id"], "edit", message="my own words", client_id="key")

    assert len(await ann.messages(session["id"], view="tree")) == 3


async def test_a_second_answer_asked_for_twice_is_one(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"])

    again = [await ann.act(session["id"], answer["id"], "regenerate", client_id="key") for _ in range(2)]

    assert again[0]["answer"]["id"] == again[1]["answer"]["id"]
    assert len(await ann.messages(session["id"], view="tree")) == 3


async def test_going_on_asked_for_twice_goes_on_once(ann: Person) -> None:
    session = await ann.session("scripted/fail-after-2")
    answer = await ann.ask(session["id"])

    again = [await ann.act(session["id"], answer["id"], "continue", client_id="key") for _ in range(2)]

    assert again[0]["generation_id"] == again[1]["generation_id"]


async def test_a_queued_wish_repeated_stays_one(ann: Person) -> None:
    session = await ann.session(HANG)
    running = await ann.send(session["id"])

    waiting = [await ann.send(session["id"], "next", client_id="key") for _ in range(2)]

    assert waiting[0]["answer"]["id"] == waiting[1]["answer"]["id"]
    assert waiting[1]["answer"]["status"] == "queued"
    assert len(await ann.messages(session["id"])) == 4
    await ann.stop(session["id"], waiting[0]["answer"]["id"])
    await ann.stop(session["id"], running["answer"]["id"])
