"""The stream of a session over a WebSocket: who may open it, and what comes out of it."""

import asyncio
import secrets
from dataclasses import replace

import pytest
import websockets
from tests.support.app import HANG, NOBODY, Event, Person, RunningApp, ServerThread, Stream, text_of
from tests.support.process import free_port
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chatbox.generation.events import SERVER_EVENTS
from chatbox.kernel.db import Database


def url_of(person: Person, session_id: str, query: str = "") -> str:
    return f"{person.place.ws_url}/ws/sessions/{session_id}/stream{query}"


async def test_a_socket_follows_what_happens_from_now_on(ann: Person) -> None:
    session = await ann.session()
    await ann.ask(session["id"], "before")
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        sent = await ann.send(session["id"], "after")
        events = await stream.until_end_of(sent["answer"]["id"])

    assert events[0]["data"]["message"]["id"] == sent["message"]["id"]


async def test_a_client_that_asks_the_moment_it_is_in_is_told_all_that_comes_of_it(ann: Person) -> None:
    async def ask_at_once() -> list[Event]:
        session = await ann.session()
        async with ann.socket(session["id"]) as stream:
            await stream.say("send_message", {"message": "hi"})
            return await stream.until("stream_end")

    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(ask_at_once()) for _ in range(20)]

    for told in asking:
        assert told.result()[0]["seq"] == 1


async def test_a_socket_replays_everything_after_a_number(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"], "one two three four")
    async with ann.socket(session["id"], after=0) as stream:
        whole = await stream.until_end_of(sent["answer"]["id"])

    for cut in (1, len(whole) // 2, len(whole) - 1):
        async with ann.socket(session["id"], after=cut) as stream:
            assert await stream.until_end_of(sent["answer"]["id"]) == whole[cut:]


async def test_two_tabs_see_the_same_events(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as one, ann.socket(session["id"], after=0) as other:
        await one.say("send_message", {"message": "hi"})
        seen = [await tab.until("stream_end") for tab in (one, other)]

    assert seen[0] == seen[1]


async def test_an_answer_goes_on_without_anybody_watching(ann: Person) -> None:
    session = await ann.session("scripted/paced-100-30")
    async with ann.socket(session["id"]) as stream:
        await stream.say("send_message", {"message": "hi"})
        created = (await stream.until(lambda event: event["data"].get("message", {}).get("role") == "assistant"))[-1]

    async with ann.socket(session["id"], after=created["seq"]) as stream:
        await stream.until("stream_end")
    assert len(text_of((await ann.messages(session["id"]))[-1]).split()) == 30


async def test_every_frame_of_the_server_is_one_of_the_contract_s(ann: Person) -> None:
    by_type = {event.type: event for event in SERVER_EVENTS}
    session = await ann.session("scripted/reasoning")
    async with ann.socket(session["id"], after=0) as stream:
        await stream.say("send_message", {"message": "hi"})
        await stream.until("stream_end")
        await stream.say("nonsense")
        await stream.until("error")
        await stream.live()

    for frame in stream.events:
        assert set(frame) == {"type", "seq", "data"}
        by_type[frame["type"]].model_validate(frame["data"], extra="forbid")


async def test_what_is_not_part_of_the_log_does_not_claim_a_number(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"])
    async with ann.socket(session["id"], after=0) as stream:
        last = (await stream.until_end_of(sent["answer"]["id"]))[-1]
        await stream.say("ping")
        pong = await stream.next()
        await stream.say("nonsense")
        error = await stream.next()

    assert (pong["type"], pong["seq"]) == ("pong", last["seq"])
    assert (error["type"], error["seq"]) == ("error", last["seq"])


async def test_the_token_may_come_as_a_subprotocol(ann: Person) -> None:
    session = await ann.session()
    offered = [Subprotocol("bearer"), Subprotocol(ann.token)]
    async with connect(url_of(ann, session["id"]), subprotocols=offered) as connection:
        assert connection.subprotocol == "bearer"
        await Stream(connection).live()


async def test_the_token_may_come_in_a_header(ann: Person) -> None:
    session = await ann.session()
    async with connect(
        url_of(ann, session["id"]), additional_headers={"authorization": f"Bearer {ann.token}"}
    ) as connection:
        await Stream(connection).live()


@pytest.mark.parametrize("origin", ["same", "host in capitals"])
async def test_our_own_page_needs_only_its_cookie(ann: Person, origin: str) -> None:
    session = await ann.session()
    own = ann.place.url if origin == "same" else ann.place.url.upper()
    headers = {"cookie": f"chatbox_access={ann.token}", "origin": own}
    async with connect(url_of(ann, session["id"]), additional_headers=headers) as connection:
        await Stream(connection).live()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_site_s_page_cannot_use_the_cookie(ann: Person, headers: dict[str, str]) -> None:
    session = await ann.session()
    headers = {"cookie": f"chatbox_access={ann.token}", **headers}
    async with connect(url_of(ann, session["id"]), additional_headers=headers) as connection:
        assert await Stream(connection).closed() == (4401, "foreign_origin")


@pytest.mark.parametrize("query", ["", "?token=", "?token=nonsense", "?token=a.b.c", "?token=cbk_0123456789"])
async def test_without_a_good_token_a_socket_closes_with_4401(ann: Person, query: str) -> None:
    session = await ann.session()
    async with connect(url_of(ann, session["id"], query)) as connection:
        assert await Stream(connection).closed() == (4401, "not_signed_in")


async def test_while_its_database_is_away_a_socket_closes_with_1013_and_nobody_is_signed_out(
    running_app: RunningApp,
) -> None:
    state = running_app.app.state
    nowhere = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none", pool_size=1)
    async with running_app.person() as ann:
        session = await ann.session()
        generations = state.socket.generations
        sessions = replace(generations.sessions, db=nowhere)
        state.socket = replace(state.socket, generations=replace(generations, sessions=sessions))
        async with ann.socket(session["id"]) as stream:
            assert await stream.closed() == (1013, "store_unavailable")
    await nowhere.close()


@pytest.mark.parametrize("session_id", [NOBODY, "nonsense", "%00", "1" * 500])
async def test_a_session_that_does_not_exist_closes_with_4404(ann: Person, session_id: str) -> None:
    async with ann.socket(session_id) as stream:
        assert (await stream.closed())[0] == 4404


async def test_another_person_s_session_closes_with_4404(ann: Person, bob: Person) -> None:
    session = await ann.session()
    async with bob.socket(session["id"]) as stream:
        assert await stream.closed() == (4404, "session_not_found")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "٣"])
async def test_a_number_that_is_none_counts_as_from_now_on(ann: Person, after: str) -> None:
    session = await ann.session()
    await ann.ask(session["id"])
    async with connect(url_of(ann, session["id"], f"?token={ann.token}&after={after}")) as connection:
        stream = Stream(connection)
        await stream.live()

    assert [event["type"] for event in stream.events] == ["pong"]


async def test_a_number_from_the_future_is_answered_with_a_reset(ann: Person) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"])
    last = (await ann.ended(session["id"], sent))[-1]["seq"]
    async with ann.socket(session["id"], after=10**17) as stream:
        reset = await stream.next()

    assert (reset["type"], reset["data"]) == ("reset", {"seq": last})


async def test_signing_out_closes_the_open_sockets_of_that_sign_in_alone(
    server: ServerThread, newcomer: Person
) -> None:
    session = await newcomer.session()
    async with server.again(newcomer) as elsewhere, newcomer.socket(session["id"]) as kept:
        async with elsewhere.socket(session["id"]) as lost:
            await lost.live()
            await elsewhere.http.post("/auth/logout")
            assert await lost.closed() == (4401, "access_lost")
        await kept.live()


async def test_a_deleted_api_key_closes_its_sockets(ann: Person) -> None:
    session = await ann.session()
    made = (await ann.http.post("/auth/api-keys", json={"name": "k", "scopes": ["chat"]})).json()
    async with ann.socket(session["id"], token=made["key"]) as stream:
        await stream.live()
        await ann.http.delete(f"/auth/api-keys/{made['id']}")
        assert await stream.closed() == (4401, "access_lost")


async def test_a_suspended_person_s_sockets_close(admin: Person, newcomer: Person) -> None:
    session = await newcomer.session()
    async with newcomer.socket(session["id"]) as stream:
        await stream.live()
        response = await admin.http.patch(f"/admin/users/{newcomer.id}", json={"status": "suspended"})
        assert response.status_code == 200
        assert await stream.closed() == (4401, "access_lost")


@pytest.mark.parametrize(
    ("scopes", "may_open", "may_chat"),
    [(["read"], True, False), (["chat"], True, True), (["read", "write"], True, True), (["write"], False, False)],
)
async def test_a_key_may_do_on_a_socket_what_its_scopes_say(
    ann: Person, scopes: list[str], may_open: bool, may_chat: bool
) -> None:
    session = await ann.session()
    made = (await ann.http.post("/auth/api-keys", json={"name": "k", "scopes": scopes})).json()
    async with ann.socket(session["id"], token=made["key"]) as stream:
        if not may_open:
            assert await stream.closed() == (4401, "scope_missing")
            return
        await stream.say("send_message", {"message": "hi"})
        first = await stream.next()

    assert first["type"] == ("message_created" if may_chat else "error")


async def test_an_address_that_is_no_stream_refuses_the_handshake(ann: Person) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await connect(f"{ann.place.ws_url}/ws/{secrets.token_hex(4)}?token={ann.token}")


async def test_the_language_of_an_error_is_the_browser_s(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], additional_headers={"accept-language": "zh-CN"}) as stream:
        await stream.say("nonsense")
        error = await stream.next()

    assert error["data"]["code"] == "bad_frame"
    assert not error["data"]["detail"].isascii()


async def test_the_account_s_language_goes_before_the_browser_s(newcomer: Person) -> None:
    session = await newcomer.session(HANG)
    await newcomer.http.patch("/auth/me", json={"language": "zh-CN"})
    async with newcomer.socket(session["id"], additional_headers={"accept-language": "en"}) as stream:
        await stream.say("nonsense")
        error = await stream.next()

    assert not error["data"]["detail"].isascii()
