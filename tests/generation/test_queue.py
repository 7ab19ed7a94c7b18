"""Messages sent while an answer is being written wait, visibly, and are answered one after the other."""

import asyncio

from tests.support.app import HANG, Person, problem_of, text_of

from chatbox.generation.service import MOST_WAITING_IN_SESSION


async def test_messages_are_answered_in_the_order_they_were_sent(ann: Person) -> None:
    session = await ann.session()

    sent = [await ann.send(session["id"], f"number {number}") for number in range(4)]
    await ann.ended(session["id"], sent[-1])

    answers = [message for message in await ann.messages(session["id"]) if message["role"] == "assistant"]
    assert [text_of(answer) for answer in answers] == [f"number {number}" for number in range(4)]
    assert {answer["status"] for answer in answers} == {"complete"}


async def test_at_most_one_answer_of_a_session_is_written_at_a_time(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as stream:
        sent = await asyncio.gather(*(ann.send(session["id"], f"number {number}") for number in range(5)))
        ends: list[str] = []
        while len(ends) < len(sent):
            ends.append((await stream.until("stream_end"))[-1]["data"]["message_id"])

    steps = [event["type"] for event in stream.events if event["type"] in {"stream_start", "stream_end"}]
    assert steps == ["stream_start", "stream_end"] * len(sent)


async def test_what_waits_is_shown_waiting_and_in_which_place(ann: Person) -> None:
    session = await ann.session(HANG)
    running = await ann.send(session["id"])
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        first = await ann.send(session["id"], "first")
        second = await ann.send(session["id"], "second")
        events = await stream.until(lambda event: _place(event) == (second["answer"]["id"], 2))

        assert (first["answer"]["status"], second["answer"]["status"]) == ("queued", "queued")
        assert _place(events[-2]) == (first["answer"]["id"], 1)

        await stream.say("stop_generation", {"message_id": first["answer"]["id"]})
        await stream.until(lambda event: _place(event) == (second["answer"]["id"], 1))
        await stream.say("stop_generation", {"message_id": second["answer"]["id"]})
    await ann.stop(session["id"], running["answer"]["id"])


async def test_the_next_one_begins_when_the_one_before_is_stopped(ann: Person) -> None:
    session = await ann.session()
    running = await ann.send(session["id"], model=HANG)
    waiting = await ann.send(session["id"], "next")

    await ann.stop(session["id"], running["answer"]["id"])
    await ann.ended(session["id"], waiting)

    assert text_of(await ann.message(session["id"], waiting["answer"]["id"])) == "next"


async def test_the_next_one_begins_when_the_one_before_failed(ann: Person) -> None:
    session = await ann.session()
    await ann.send(session["id"], model="scripted/fail-after-2")
    waiting = await ann.send(session["id"], "next")

    await ann.ended(session["id"], waiting)

    assert text_of(await ann.message(session["id"], waiting["answer"]["id"])) == "next"


async def test_a_waiting_answer_sees_the_answers_before_it(ann: Person) -> None:
    session = await ann.session()
    first = await ann.send(session["id"], "first")
    second = await ann.send(session["id"], "second")

    await ann.ended(session["id"], second)

    path = [message["id"] for message in await ann.messages(session["id"])]
    assert path == [first["message"]["id"], first["answer"]["id"], second["message"]["id"], second["answer"]["id"]]


async def test_only_so_many_may_wait(ann: Person) -> None:
    session = await ann.session(HANG)
    for number in range(MOST_WAITING_IN_SESSION + 1):
        await ann.send(session["id"], str(number))

    response = await ann.http.post(f"/sessions/{session['id']}/messages", json={"message": "one too many"})

    assert problem_of(response) == (429, "too_many_waiting")
    assert len(await ann.messages(session["id"], limit=100)) == 2 * (MOST_WAITING_IN_SESSION + 1)
    async with ann.socket(session["id"], after=0) as stream:
        await stream.say("stop_generation")
        for _ in range(MOST_WAITING_IN_SESSION + 1):
            await stream.until("stream_end")


async def test_sessions_do_not_wait_for_each_other(ann: Person) -> None:
    busy, other = await ann.session(HANG), await ann.session()
    running = await ann.send(busy["id"])

    answer = await ann.ask(other["id"], "hi")

    assert text_of(answer) == "hi"
    await ann.stop(busy["id"], running["answer"]["id"])


async def test_a_deleted_session_takes_what_waits_with_it(ann: Person) -> None:
    session = await ann.session(HANG)
    for _ in range(3):
        await ann.send(session["id"])

    assert (await ann.http.delete(f"/sessions/{session['id']}")).status_code == 204

    assert problem_of(await ann.http.get(f"/sessions/{session['id']}/messages")) == (404, "session_not_found")


def _place(event: dict[str, object]) -> tuple[str, int] | None:
    data = event["data"]
    assert isinstance(data, dict)
    waiting = data.get("waiting") if event["type"] == "session_updated" else None
    return (waiting["message_id"], waiting["position"]) if waiting else None
