"""Stopping an answer: what was written stays, wherever the stop comes from."""

from tests.support.app import HANG, NOBODY, Person, ServerThread, problem_of, text_of

_PACED = "scripted/paced-50-1000"


async def test_a_stopped_answer_keeps_what_was_written(ann: Person) -> None:
    session = await ann.session(_PACED)
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=sent["seq"]) as stream:
        events = await stream.until("stream_chunk")
        await ann.stop(session["id"], sent["answer"]["id"])
        events += await stream.until_end_of(sent["answer"]["id"])

    shown = "".join(event["data"]["chunk"] for event in events if event["type"] == "stream_chunk")
    answer = await ann.message(session["id"], sent["answer"]["id"])
    assert (answer["status"], answer["finish_reason"], text_of(answer)) == ("stopped", None, shown)
    assert events[-1]["data"]["status"] == "stopped"
    assert shown.startswith("token0 ")


async def test_an_answer_that_said_nothing_yet_is_stopped_at_once(ann: Person) -> None:
    session = await ann.session(HANG)
    sent = await ann.send(session["id"])

    await ann.stop(session["id"], sent["answer"]["id"])
    await ann.ended(session["id"], sent)

    answer = await ann.message(session["id"], sent["answer"]["id"])
    assert (answer["status"], answer["content_parts"]) == ("stopped", [])


async def test_a_stop_from_another_device_is_seen_on_this_one(server: ServerThread, ann: Person) -> None:
    session = await ann.session(_PACED)
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=sent["seq"]) as stream, server.again(ann) as elsewhere:
        await stream.until("stream_chunk")
        await elsewhere.stop(session["id"], sent["answer"]["id"])
        ended = (await stream.until_end_of(sent["answer"]["id"]))[-1]

    assert ended["data"]["status"] == "stopped"


async def test_a_socket_stops_what_runs_without_naming_it(ann: Person) -> None:
    session = await ann.session(HANG)
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=sent["seq"]) as stream:
        await stream.say("stop_generation")
        ended = (await stream.until_end_of(sent["answer"]["id"]))[-1]

    assert ended["data"]["status"] == "stopped"


async def test_stopping_all_stops_what_waits_too(ann: Person) -> None:
    session = await ann.session(HANG)
    sent = [await ann.send(session["id"], str(number)) for number in range(3)]
    async with ann.socket(session["id"], after=0) as stream:
        await stream.say("stop_generation", {})
        ends = [(await stream.until("stream_end"))[-1]["data"] for _ in sent]

    assert {end["message_id"] for end in ends} == {one["answer"]["id"] for one in sent}
    assert {end["status"] for end in ends} == {"stopped"}


async def test_what_waits_can_be_stopped_and_what_runs_goes_on(ann: Person) -> None:
    session = await ann.session(HANG)
    running, waiting, last = [await ann.send(session["id"], str(number)) for number in range(3)]

    await ann.stop(session["id"], waiting["answer"]["id"])

    statuses = [message["status"] for message in await ann.messages(session["id"]) if message["role"] == "assistant"]
    assert statuses == ["streaming", "stopped", "queued"]
    for one in (last, running):
        await ann.stop(session["id"], one["answer"]["id"])


async def test_stopping_what_is_over_changes_nothing(ann: Person) -> None:
    session = await ann.session()
    answer = await ann.ask(session["id"])

    await ann.stop(session["id"], answer["id"])

    assert await ann.message(session["id"], answer["id"]) == answer


async def test_after_a_stop_the_next_message_is_answered(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], model=HANG)
    await ann.stop(session["id"], sent["answer"]["id"])

    answer = await ann.ask(session["id"], "next")

    assert text_of(answer) == "next"


async def test_a_stop_twice_is_one(ann: Person) -> None:
    session = await ann.session(HANG)
    sent = await ann.send(session["id"])

    await ann.stop(session["id"], sent["answer"]["id"])
    await ann.stop(session["id"], sent["answer"]["id"])
    events = await ann.ended(session["id"], sent)

    assert [event["type"] for event in events].count("stream_end") == 1


async def test_a_message_that_does_not_exist_cannot_be_stopped(ann: Person) -> None:
    session = await ann.session()

    response = await ann.http.post(f"/sessions/{session['id']}/messages/{NOBODY}/stop")

    assert problem_of(response) == (404, "message_not_found")


async def test_deleting_a_session_ends_its_answer_and_its_streams(ann: Person) -> None:
    session = await ann.session(_PACED)
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=sent["seq"]) as stream:
        await stream.until("stream_chunk")
        await ann.http.delete(f"/sessions/{session['id']}")
        closed = await stream.closed()

    assert closed == (4404, "session_not_found")
