"""Two instances on one PostgreSQL behave as one, with Redis between them and without."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator

import pytest
from tests.processes.instances import Instances, add_provider, also_at
from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import Person, Place
from tests.support.upstreams.server import Upstream

HANG = "scripted/hang"


@pytest.fixture
async def ann(pair: Instances) -> AsyncIterator[Person]:
    """Somebody new, signed in at the first instance."""
    async with Place(pair.one.url).person() as person:
        yield person


def watchers_on_both(pair: Instances, person: Person, session_id: str) -> list[Watcher]:
    """Viewers over both kinds of line, on both instances; the first one is on the first instance."""
    places = [("socket", pair.one), ("socket", pair.two), ("sse", pair.one), ("sse", pair.two)]
    return [Watcher(person, session_id, [server.url], line) for line, server in places]  # type: ignore[arg-type] # mypy widens the literals


def test_instances_that_start_at_once_on_an_empty_database_migrate_it_once(pair: Instances) -> None:
    migrations = [line for server in (pair.one, pair.two) for line in server.log.splitlines() if '"migrated"' in line]
    assert len(migrations) == 1
    assert '"before": "empty"' in migrations[0]


async def test_viewers_on_both_instances_see_the_same_events_live(pair: Instances, ann: Person) -> None:
    session = await ann.session("scripted/paced-50-100")
    watchers = watchers_on_both(pair, ann, session["id"])
    async with watching(*watchers):
        sent = await ann.send(session["id"])
        for watcher in watchers:
            assert await watcher.until_end(sent["answer"]["id"]) == "complete"
    here, *others = watchers
    assert here.numbers == list(range(1, len(here.events) + 1))
    assert all(other.events == here.events for other in others)
    # Looking at the log now and then would show them too, but seconds later.
    assert max(lag(here, other) for other in others) < 0.5


async def test_a_stop_at_the_other_instance_closes_the_upstream_socket_within_a_second(
    pair: Instances, upstream: Upstream
) -> None:
    async with also_at(pair.one, pair.admin) as admin, also_at(pair.two, pair.admin) as elsewhere:
        models = await add_provider(admin, upstream.url)
        session = await admin.session(f"{models}slow")
        watchers = watchers_on_both(pair, admin, session["id"])
        async with watching(*watchers):
            sent = await admin.send(session["id"])
            await watchers[1].until_pieces(sent["answer"]["id"], 5)
            await elsewhere.stop(session["id"], sent["answer"]["id"])
            async with asyncio.timeout(1):
                await upstream.client_closed.wait()
            assert {await watcher.until_end(sent["answer"]["id"]) for watcher in watchers} == {"stopped"}
        stored = await elsewhere.message(session["id"], sent["answer"]["id"])
    assert text_of(stored) == watchers[1].text(sent["answer"]["id"]) != ""


async def test_messages_sent_at_the_other_instance_wait_for_the_answer_that_runs(pair: Instances, ann: Person) -> None:
    session = await ann.session(HANG)
    watchers = watchers_on_both(pair, ann, session["id"])
    async with also_at(pair.two, ann) as elsewhere, watching(*watchers):
        first = await ann.send(session["id"])
        second = await elsewhere.send(session["id"], "Wait for it", model="scripted/echo")
        third = await elsewhere.send(session["id"], "And then this", model="scripted/echo")
        assert (first["answer"]["status"], second["answer"]["status"]) == ("streaming", "queued")
        await elsewhere.stop(session["id"], first["answer"]["id"])
        for watcher in watchers:
            assert await watcher.until_end(third["answer"]["id"]) == "complete"
    assert watchers[0].text(second["answer"]["id"]) == "Wait for it"
    assert watchers[0].text(third["answer"]["id"]) == "And then this"
    assert all(watcher.events == watchers[0].events for watcher in watchers)
    places = [event["data"]["waiting"] for event in watchers[0].events if event["type"] == "session_updated"]
    assert [place["position"] for place in places if place] == [1, 1, 2, 1]


async def test_the_other_instance_finishes_what_a_killed_one_was_writing(pair: Instances, ann: Person) -> None:
    async with pair.another() as doomed, also_at(doomed, ann) as there:
        session = await ann.session("scripted/paced-50-5000")
        watchers = [
            Watcher(ann, session["id"], [pair.one.url]),
            Watcher(ann, session["id"], [doomed.url, pair.two.url], "sse"),
            Watcher(ann, session["id"], [doomed.url, pair.two.url]),
        ]
        async with watching(*watchers):
            sent = await there.send(session["id"])
            waiting = await there.send(session["id"], "I come later", model="scripted/echo")
            for watcher in watchers:
                await watcher.until_pieces(sent["answer"]["id"], 20)
            doomed.kill()
            async with asyncio.timeout(10):
                assert {await watcher.until_end(sent["answer"]["id"]) for watcher in watchers} == {"interrupted"}
            assert {await watcher.until_end(waiting["answer"]["id"]) for watcher in watchers} == {"complete"}
        stored = await ann.message(session["id"], sent["answer"]["id"])
    assert stored["status"] == "interrupted"
    for watcher in watchers:
        assert watcher.text(sent["answer"]["id"]) == text_of(stored)
        assert watcher.numbers == list(range(1, len(watchers[0].events) + 1))


@pytest.mark.parametrize("pair", ["redis"], indirect=True)
async def test_answers_end_whole_while_redis_is_away_and_are_live_again_when_it_is_back(
    pair: Instances, ann: Person
) -> None:
    assert pair.redis is not None
    session = await ann.session("scripted/paced-100-200")
    here, there = (Watcher(ann, session["id"], [server.url]) for server in (pair.one, pair.two))
    async with watching(here, there):
        sent = await ann.send(session["id"])
        await there.until_pieces(sent["answer"]["id"], 10)
        pair.redis.kill()
        try:
            assert await here.until_end(sent["answer"]["id"]) == "complete"
            assert await there.until_end(sent["answer"]["id"]) == "complete"
        finally:
            pair.redis.start()
        stored = await ann.message(session["id"], sent["answer"]["id"])
        assert text_of(stored) == there.text(sent["answer"]["id"]) == "".join(f"token{n} " for n in range(200))
        again = await ann.send(session["id"], model="scripted/paced-50-5000")
        # Looking at the log every half second, as they do without Redis, would show them a quarter of a second later.
        await there.until(lambda: lag(here, there, last=20) < 0.1, "it is live again")
        await ann.stop(session["id"], again["answer"]["id"])
        for watcher in (here, there):
            await watcher.until_end(again["answer"]["id"])
    assert there.events == here.events


def lag(here: Watcher, there: Watcher, *, last: int = 0) -> float:
    """By how many seconds `there` was later to see an event, at the median of the `last` ones that both have seen."""
    both = list(zip(here.times, there.times, strict=False))
    return statistics.median(late - at for at, late in both[-last:])


@pytest.mark.parametrize("way", ["sign-out", "suspension"])
async def test_losing_access_at_one_instance_closes_the_sockets_at_the_other(
    pair: Instances, ann: Person, way: str
) -> None:
    session = await ann.session(HANG)
    watchers = watchers_on_both(pair, ann, session["id"])
    async with watching(*watchers), also_at(pair.one, pair.admin) as admin:
        await ann.send(session["id"])
        for watcher in watchers:
            await watcher.until(lambda watcher=watcher: bool(watcher.events), "the line is open")  # type: ignore[misc] # a default binds the loop's variable
        began = time.monotonic()
        if way == "sign-out":
            await ann.http.post("/auth/logout")
        else:
            await admin.http.patch(f"/admin/users/{ann.id}", json={"status": "suspended"})
        for watcher in watchers:
            await watcher.until(lambda watcher=watcher: bool(watcher.closed_with), "the line is cut")  # type: ignore[misc] # as above
    assert [watcher.closed_with[0] for watcher in watchers[:2]] == [4401, 4401]
    assert time.monotonic() - began < 3


async def test_a_provider_added_at_one_instance_works_at_the_other(pair: Instances, upstream: Upstream) -> None:
    async with also_at(pair.one, pair.admin) as admin, also_at(pair.two, pair.admin) as elsewhere:
        models = await add_provider(admin, upstream.url, key="sk-kept-by-both-000")
        session = await elsewhere.session(f"{models}plain")
        answer = await elsewhere.ask(session["id"])
    assert text_of(answer) == "Hello, wörld 你好."
    asked = [seen for seen in upstream.requests if seen.method == "POST"]
    assert asked[0].headers["authorization"] == "Bearer sk-kept-by-both-000"
