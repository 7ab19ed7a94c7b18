"""The stream of a session as Server-Sent Events: a whole session, or one question and its answer."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tests.support.app import HANG, NOBODY, EventStream, Person, SentEvent, ServerThread, problem_of

from chatbox.generation import sse
from chatbox.generation.frame import Frame
from chatbox.kernel.ids import new_id


async def test_a_session_is_followed_event_by_event(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "one two three")
    async with ann.socket(session["id"], after=0) as stream:
        over_socket = await stream.until_end_of(sent["answer"]["id"])

    async with ann.events(session["id"], after=0) as events:
        over_sse = [await events.next() for _ in over_socket]

    assert [(event.event, int(event.id or 0), event.data) for event in over_sse] == [
        (event["type"], event["seq"], event["data"]) for event in over_socket
    ]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_following_resumes_after_the_last_event_that_was_seen(ann: Person, how: str) -> None:
    session = await ann.session()
    await ann.ask(session["id"])
    headers, query = ({"last-event-id": "2"}, {}) if how == "header" else ({}, {"after": 2})

    async with ann.events(session["id"], headers, **query) as events:
        assert (await events.next()).id == "3"


async def test_the_header_goes_before_the_query_as_a_reconnecting_browser_sends_both(ann: Person) -> None:
    session = await ann.session()
    await ann.ask(session["id"])

    async with ann.events(session["id"], {"last-event-id": "3"}, after=0) as events:
        assert (await events.next()).id == "4"


async def test_a_stream_is_not_cached_nor_held_back_by_proxies(ann: Person) -> None:
    session = await ann.session()

    async with ann.events(session["id"]) as events:
        headers = events.response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"


async def test_a_quiet_stream_says_something_at_once(ann: Person) -> None:
    session = await ann.session()
    async with ann.events(session["id"]) as events:
        assert await anext(events.lines) == ": heartbeat"


async def test_a_quiet_stream_is_kept_alive() -> None:
    async def quiet() -> AsyncGenerator[list[Frame]]:
        yield []

    assert [chunk async for chunk in sse.all_events(quiet())] == [b": heartbeat\n\n"] * 2
    assert [chunk async for chunk in sse.one_answer(quiet(), new_id(), 7)] == [b"id: 7\n\n", b": heartbeat\n\n"]


async def test_a_question_and_its_answer_are_one_stream(ann: Person) -> None:
    session = await ann.session()

    async with ann.events(session["id"], message="one two three") as events:
        told = await events.rest()

    assert (told[0].event, told[0].data) == (None, None)
    assert {event.event for event in told[1:-1]} == {"message"}
    assert "".join(event.data["chunk"] for event in told[1:-1]) == "one two three"
    assert told[-1].event == "done"
    assert told[-1].data["usage"]["totalTokens"] == 11
    assert told[-1].data["status"] == "complete"
    numbers = [int(event.id or 0) for event in told]
    assert numbers == sorted(set(numbers))


async def test_reasoning_and_failures_are_told_under_names_of_their_own(ann: Person) -> None:
    session = await ann.session()

    async with ann.events(session["id"], message="hi", model="scripted/reasoning") as events:
        reasoned = await events.rest()
    async with ann.events(session["id"], message="hi", model="scripted/fail-after-1") as events:
        failed = await events.rest()

    assert "reasoning" in {event.event for event in reasoned}
    assert [(event.event, event.data.get("code")) for event in failed[-2:]] == [
        ("error", "stream_broken"),
        ("done", None),
    ]


async def test_one_stream_tells_one_answer_however_many_there_are(ann: Person) -> None:
    session = await ann.session()
    running = await ann.send(session["id"], model=HANG)

    async with ann.events(session["id"], message="mine") as events:
        first = await events.next()
        await ann.send(session["id"], "not mine")
        await ann.stop(session["id"], running["answer"]["id"])
        told = await events.rest()

    assert first.data is None
    assert "".join(event.data["chunk"] for event in told[:-1]) == "mine"


async def test_a_reconnect_never_sends_the_message_again(ann: Person) -> None:
    session = await ann.session("scripted/paced-100-50")
    async with ann.events(session["id"], message="hi") as events:
        seen = [await events.next() for _ in range(5)]

    headers = {"last-event-id": seen[-1].id or ""}
    async with ann.events(session["id"], headers, message="hi") as events:
        told = await events.rest()

    assert len(await ann.messages(session["id"])) == 2
    words = "".join(event.data["chunk"] for event in [*seen, *told] if event.event == "message").split()
    assert words == [f"token{number}" for number in range(50)]


@pytest.mark.parametrize("waits", [False, True])
async def test_a_reconnect_before_the_first_word_does_not_send_again_either(ann: Person, waits: bool) -> None:
    session = await ann.session()
    running = await ann.send(session["id"], model=HANG) if waits else None
    async with ann.events(session["id"], message="hi", model="scripted/paced-50-20") as events:
        first = await events.next()

    async with ann.events(session["id"], {"last-event-id": first.id or ""}, message="hi") as events:
        assert events.response.status_code == 200
        if running is not None:
            await ann.stop(session["id"], running["answer"]["id"])
        told = await events.rest()

    assert told[-1].event == "done"
    assert "".join(event.data["chunk"] for event in told[1:-1]).startswith("token0 ")
    assert len(await ann.messages(session["id"])) == (4 if waits else 2)


async def test_a_reconnect_after_the_end_is_told_to_stay_away(ann: Person) -> None:
    session = await ann.session()
    async with ann.events(session["id"], message="hi") as events:
        told = await events.rest()

    async with ann.events(session["id"], {"last-event-id": told[-1].id or ""}, message="hi") as events:
        assert events.response.status_code == 204

    assert len(await ann.messages(session["id"])) == 2


async def test_a_reconnect_from_nowhere_is_told_to_stay_away(ann: Person) -> None:
    session = await ann.session()
    async with ann.events(session["id"], {"last-event-id": "12345"}, message="hi") as events:
        assert events.response.status_code == 204

    assert await ann.messages(session["id"]) == []


async def test_a_last_event_id_that_is_no_number_counts_as_none(ann: Person) -> None:
    session = await ann.session()
    async with ann.events(session["id"], {"last-event-id": "abc"}, message="hi") as events:
        told = await events.rest()

    assert told[-1].event == "done"


async def test_the_same_key_sends_once(ann: Person) -> None:
    session = await ann.session("scripted/paced-100-30")
    async with (
        ann.events(session["id"], message="hi", client_id="key") as one,
        ann.events(session["id"], message="hi", client_id="key") as other,
    ):
        told = [await stream.rest() for stream in (one, other)]

    assert [text(events) for events in told] == [text(told[0])] * 2
    assert len(await ann.messages(session["id"])) == 2


async def test_a_repeated_wish_that_waits_is_not_taken_for_the_answer_before_it(ann: Person) -> None:
    session = await ann.session("scripted/paced-100-1000")
    running = await ann.send(session["id"])
    wish: dict[str, Any] = {"message": "mine", "client_id": "key", "model": "scripted/echo"}
    async with ann.events(session["id"], **wish) as events:
        await events.next()
    async with ann.events(session["id"], **wish) as events:
        again = await events.next()

    async with ann.events(session["id"], {"last-event-id": again.id or ""}, **wish) as events:
        await ann.stop(session["id"], running["answer"]["id"])
        told = await events.rest()

    assert text(told) == "mine"


async def test_leaving_the_stream_stops_nothing(ann: Person) -> None:
    session = await ann.session("scripted/paced-100-30")
    async with ann.events(session["id"], message="hi") as events:
        first = await events.next()

    async with ann.socket(session["id"], after=int(first.id or 0)) as stream:
        ended = (await stream.until("stream_end"))[-1]
    assert ended["data"]["status"] == "complete"


async def test_a_stream_ends_when_its_session_is_deleted(ann: Person) -> None:
    session = await ann.session()
    async with ann.events(session["id"]) as events:
        await opened(events)
        await ann.http.delete(f"/sessions/{session['id']}")

        assert await events.rest() == []


async def test_a_stream_ends_when_its_owner_signs_out(server: ServerThread, ann: Person) -> None:
    session = await ann.session()
    async with server.again(ann) as elsewhere, elsewhere.events(session["id"]) as events:
        await opened(events)
        await elsewhere.http.post("/auth/logout")

        assert await events.rest() == []


async def test_the_token_may_stand_in_the_address(ann: Person) -> None:
    session = await ann.session()
    async with ann.place.browser() as browser:
        path = f"/sessions/{session['id']}/stream"
        async with browser.stream("GET", path, params={"token": ann.token, "message": "hi"}) as response:
            assert (await EventStream(response).rest())[-1].event == "done"


async def test_a_token_in_the_address_of_anything_else_counts_for_nothing(ann: Person) -> None:
    async with ann.place.browser() as browser:
        response = await browser.get("/sessions", params={"token": ann.token})

    assert problem_of(response) == (401, "not_signed_in")


async def test_our_own_page_sends_with_its_cookie(ann: Person) -> None:
    session = await ann.session()
    headers = {"sec-fetch-site": "same-origin", "cookie": f"chatbox_access={ann.token}"}
    async with ann.place.browser() as browser:
        path = f"/sessions/{session['id']}/stream"
        async with browser.stream("GET", path, params={"message": "hi"}, headers=headers) as response:
            assert (await EventStream(response).rest())[-1].event == "done"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_a_link_or_picture_elsewhere_cannot_send_with_the_cookie(ann: Person, site: str) -> None:
    session = await ann.session()
    headers = {"sec-fetch-site": site, "cookie": f"chatbox_access={ann.token}"}
    async with ann.place.browser() as browser:
        response = await browser.get(f"/sessions/{session['id']}/stream", params={"message": "hi"}, headers=headers)

    assert problem_of(response) == (403, "foreign_origin")
    assert await ann.messages(session["id"]) == []


async def test_a_key_that_may_only_read_follows_but_does_not_send(ann: Person) -> None:
    session = await ann.session()
    made = (await ann.http.post("/auth/api-keys", json={"name": "k", "scopes": ["read"]})).json()
    async with ann.place.browser(x_api_key=made["key"]) as browser:
        path = f"/sessions/{session['id']}/stream"
        async with browser.stream("GET", path) as response:
            assert response.status_code == 200
        refused = await browser.get(path, params={"message": "hi"})

    assert problem_of(refused) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"message": ""}, (422, "empty_message")),
        ({"message": "\x00"}, (422, "empty_message")),
        ({"message": "hi", "model": "none"}, (404, "model_unknown")),
        ({"message": "hi", "client_id": ""}, (422, "invalid_request")),
        ({"message": "hi", "client_id": "\x00"}, (422, "invalid_request")),
        ({"after": "-1"}, (422, "invalid_request")),
        ({"after": "x"}, (422, "invalid_request")),
        ({"after": "9" * 30}, (422, "invalid_request")),
        ({"after": "9" * 30, "message": "hi"}, (422, "invalid_request")),
        ({"after": "9" * 5000}, (422, "invalid_request")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_stream_that_makes_no_sense_is_refused(
    ann: Person, query: dict[str, str], refusal: tuple[int, str]
) -> None:
    session = await ann.session()

    response = await ann.http.get(f"/sessions/{session['id']}/stream", params=query)

    assert problem_of(response) == refusal


@pytest.mark.parametrize("query", [{}, {"message": "hi"}, {"after": "3"}, {"after": "3", "message": "hi"}])
async def test_another_person_s_session_is_not_found(ann: Person, bob: Person, query: dict[str, str]) -> None:
    session = await ann.session()

    for session_id in (session["id"], NOBODY):
        response = await bob.http.get(f"/sessions/{session_id}/stream", params=query)
        assert problem_of(response) == (404, "session_not_found")

    assert await ann.messages(session["id"]) == []


async def opened(events: EventStream) -> None:
    """Read the comment that every stream begins with."""
    assert await anext(events.lines) == ": heartbeat"


def text(events: list[SentEvent]) -> str:
    return "".join(event.data["chunk"] for event in events if event.event == "message")
