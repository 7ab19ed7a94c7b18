"""Alive, ready, and the numbers for Prometheus."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.app import HANG, RunningApp, problem_of
from tests.support.process import free_port

from chatbox.health.routes import Health
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StoreUnavailable


async def numbers(http: httpx2.AsyncClient, app: RunningApp) -> dict[str, float]:
    text = (await http.get(f"{app.url}/metrics")).text
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


async def test_a_server_is_alive_and_ready(running_app: RunningApp) -> None:
    async with running_app.browser() as http:
        alive = await http.get(f"{running_app.url}/healthz")
        ready = await http.get(f"{running_app.url}/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_the_numbers_follow_what_happens(running_app: RunningApp) -> None:
    async with running_app.person() as ann:
        session = await ann.session()
        await ann.ask(session["id"])
        sent = await ann.send(session["id"], model=HANG)
        async with ann.socket(session["id"]) as stream:
            await stream.live()
            during = await numbers(ann.http, running_app)
            await ann.stop(session["id"], sent["answer"]["id"])
            await stream.until("stream_end")

    assert during == {
        "chatbox_answers_running": 1,
        "chatbox_streams_open": 1,
        "chatbox_turns_finished": 1,
        "chatbox_draining": 0,
    }


async def test_a_server_that_leaves_is_alive_and_not_ready(running_app: RunningApp) -> None:
    async with running_app.person() as ann:
        session = await ann.session()
        await running_app.app.state.running.drain()
        alive = await ann.http.get(f"{running_app.url}/healthz")
        ready = await ann.http.get(f"{running_app.url}/readyz")
        refused = await ann.http.post(f"/sessions/{session['id']}/messages", json={"message": "hi"})
        told = await numbers(ann.http, running_app)

    assert alive.status_code == 200
    assert problem_of(ready) == (503, "shutting_down")
    assert problem_of(refused) == (503, "shutting_down")
    assert told["chatbox_draining"] == 1


async def test_without_its_database_a_server_is_not_ready(running_app: RunningApp) -> None:
    health = running_app.part(Health)
    nowhere = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none", pool_size=1)

    with pytest.raises(StoreUnavailable):
        await Health(nowhere, health.jobs, health.connections).check()
    await nowhere.close()
