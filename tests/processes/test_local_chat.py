"""A fresh server and its built-in model: the first account chats at once, and more people share the model fairly."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.processes.leftovers import children_of, running_processes
from tests.processes.watching import Watcher, text_of, watching
from tests.support.app import Person, Place
from tests.support.process import ServerProcess, server_process, until

from chatbox.providers.weights import SMALL_MODEL

STORY = "Tell me a very long story about a river, from its spring to the sea."


@asynccontextmanager
async def offline_server(folder: Path, small_model: Path, **env: str) -> AsyncIterator[ServerProcess]:
    """A server that has nothing but its built-in model."""
    (folder / "data").mkdir(parents=True)
    (folder / "data/models").symlink_to(small_model.parent, target_is_directory=True)
    async with server_process(folder, {"CHATBOX_SCRIPTED_MODEL": "false", **env}) as running:
        yield running


async def test_the_first_account_chats_with_the_model_that_ships_inside(tmp_path: Path, small_model: Path) -> None:
    async with offline_server(tmp_path / "server", small_model) as server:
        async with Place(server.url).person() as ann:
            offered = (await ann.http.get("/models")).json()
            assert (offered["default"], offered["builtin"]) == (f"local/{SMALL_MODEL}", {"state": "ready"})
            session = await ann.session(None, settings={"max_tokens": 24})
            answer = await ann.ask(session["id"], "What is the capital of France?")
            assert (answer["status"], answer["model"]) == ("complete", f"local/{SMALL_MODEL}")
            assert text_of(answer) != ""
            assert 0 < answer["usage"]["outputTokens"] <= 24
        family = children_of(server.pid)
        assert family, "the model runs in a process of its own"
        server.kill()
        await until(lambda: not family & set(running_processes()), "the model's process ends with its server's")


async def test_two_people_are_answered_at_once_and_a_third_sees_their_place_in_line(
    tmp_path: Path, small_model: Path, fresh_database: str
) -> None:
    async with AsyncExitStack() as stack:
        starting = offline_server(tmp_path / "server", small_model, CHATBOX_DATABASE_URL=fresh_database)
        server = await stack.enter_async_context(starting)
        place = Place(server.url)
        ann, bob, cas = [await stack.enter_async_context(place.person()) for _ in range(3)]
        of_ann, of_bob, of_cas = [await asks(person) for person in (ann, bob, cas)]
        async with watching(of_ann, of_bob, of_cas):
            first, second = [(await watcher.person.send(watcher.session_id, STORY)) for watcher in (of_ann, of_bob)]
            await of_ann.until_pieces(first["answer"]["id"])
            await of_bob.until_pieces(second["answer"]["id"])
            third = await cas.send(of_cas.session_id, STORY)
            await of_cas.until(lambda: places(of_cas) == [1], "cas is told to be first in line")
            assert of_ann.ends(first["answer"]["id"]) == of_bob.ends(second["answer"]["id"]) == []
            await ann.stop(of_ann.session_id, first["answer"]["id"])
            await of_cas.until_pieces(third["answer"]["id"])
            assert await of_ann.until_end(first["answer"]["id"]) == "stopped"
        stored = await ann.message(of_ann.session_id, first["answer"]["id"])
        assert text_of(stored) == of_ann.text(first["answer"]["id"]) != ""
        family = children_of(server.pid)
        await server.leave()
        assert not family & set(running_processes())


async def asks(person: Person) -> Watcher:
    session = await person.session(None, settings={"max_tokens": 1000})
    return Watcher(person, session["id"], [person.place.url])


def places(watcher: Watcher) -> list[int]:
    """The places in line that the watcher was told of."""
    updates = [event["data"]["waiting"] for event in watcher.events if event["type"] == "session_updated"]
    return [place["position"] for place in updates if place]
