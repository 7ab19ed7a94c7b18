"""Chat sessions over HTTP: made, listed, searched, changed, deleted."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from tests.support.app import NOBODY, Person, problem_of


async def listed(person: Person, **query: Any) -> list[str]:
    """The names of a whole list, read in pages of three."""
    return [session["name"] async for session in paged(person, limit=3, **query)]


async def paged(person: Person, **query: Any) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = (await person.http.get("/sessions", params={**query, **({"cursor": cursor} if cursor else {})})).json()
        for session in page["items"]:
            yield session
        cursor = page["next_cursor"]
        if cursor is None:
            return


async def test_a_new_session_has_every_field_of_the_contract(ann: Person) -> None:
    wanted: dict[str, Any] = {
        "name": "Foxes",
        "model": "scripted/echo",
        "system_prompt": "Be brief.",
        "settings": {"temperature": 0.5, "max_tokens": 100, "reasoning": "low"},
        "folder": "Animals",
        "tags": ["a", "b"],
    }

    session = await ann.session(**wanted)

    assert {name: session[name] for name in wanted if name != "settings"} == {
        name: value for name, value in wanted.items() if name != "settings"
    }
    assert session["settings"] == {
        "temperature": 0.5,
        "top_p": None,
        "max_tokens": 100,
        "reasoning": "low",
        "context_tokens": None,
    }
    assert (session["type"], session["pinned"], session["archived"]) == ("chat", False, False)
    assert session["active_leaf_id"] is None
    assert session["created_at"].endswith("Z")
    assert datetime.fromisoformat(session["created_at"]) <= datetime.fromisoformat(session["updated_at"])
    assert (await ann.http.get(f"/sessions/{session['id']}")).json() == session


async def test_a_session_needs_nothing_at_all(ann: Person) -> None:
    without_body = await ann.http.post("/sessions")
    with_empty_body = await ann.http.post("/sessions", json={})

    for response in (without_body, with_empty_body):
        assert response.status_code == 201
        assert (response.json()["name"], response.json()["model"]) == ("New chat", None)


async def test_the_most_recently_used_session_comes_first(newcomer: Person) -> None:
    made = [await newcomer.session(name=name) for name in ("a", "b", "c")]

    await newcomer.ask(made[0]["id"])

    assert await listed(newcomer) == ["a", "c", "b"]


async def test_a_change_of_name_is_no_use(newcomer: Person) -> None:
    made = [await newcomer.session(name=name) for name in ("a", "b")]

    await newcomer.http.patch(f"/sessions/{made[0]['id']}", json={"name": "A", "pinned": True})

    assert await listed(newcomer) == ["b", "A"]


async def test_a_long_list_is_read_page_by_page(newcomer: Person) -> None:
    for number in range(10):
        await newcomer.session(name=str(number))

    assert await listed(newcomer) == [str(number) for number in reversed(range(10))]


async def test_a_session_used_between_two_pages_is_neither_lost_nor_shown_twice(newcomer: Person) -> None:
    made = [await newcomer.session(name=str(number)) for number in range(6)]
    first = (await newcomer.http.get("/sessions", params={"limit": 3})).json()

    await newcomer.ask(made[5]["id"])
    rest = (await newcomer.http.get("/sessions", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [session["name"] for session in first["items"] + rest["items"]] == ["5", "4", "3", "2", "1", "0"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"plain", "pinned"}),
        ({"archived": "true"}, {"archived"}),
        ({"pinned": "true"}, {"pinned"}),
        ({"pinned": "false"}, {"plain"}),
        ({"q": "PLA"}, {"plain"}),
        ({"q": " in "}, {"plain", "pinned"}),
        ({"q": "   "}, {"plain", "pinned"}),
        ({"q": "nothing"}, set()),
        ({"q": "%"}, set()),
        ({"q": "_"}, set()),
        ({"q": "\\"}, set()),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
async def test_a_list_shows_what_was_asked_for(newcomer: Person, query: dict[str, str], found: set[str]) -> None:
    await newcomer.session(name="plain")
    for name in ("pinned", "archived"):
        session = await newcomer.session(name=name)
        await newcomer.http.patch(f"/sessions/{session['id']}", json={name: True})

    assert set(await listed(newcomer, **query)) == found


async def test_a_name_with_wildcards_is_found_by_them(newcomer: Person) -> None:
    await newcomer.session(name="100 % _sure_ \\o/")
    await newcomer.session(name="other")

    for query in ("%", "_", "\\"):
        assert await listed(newcomer, q=query) == ["100 % _sure_ \\o/"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"q": "x" * 201}, {"wrong": "1"}])
async def test_a_list_that_cannot_be_is_refused(ann: Person, query: dict[str, Any]) -> None:
    assert problem_of(await ann.http.get("/sessions", params=query)) == (422, "invalid_request")


async def test_only_the_named_fields_change(ann: Person) -> None:
    session = await ann.session(name="before", system_prompt="Be brief.", tags=["a"], folder="f")

    changed = (
        await ann.http.patch(f"/sessions/{session['id']}", json={"name": "after", "tags": ["b"], "pinned": True})
    ).json()

    assert changed == {
        **session,
        "name": "after",
        "tags": ["b"],
        "pinned": True,
        "updated_at": changed["updated_at"],
    }


async def test_what_may_be_nothing_can_be_taken_away(ann: Person) -> None:
    session = await ann.session(system_prompt="Be brief.", folder="f")

    changed = await ann.http.patch(
        f"/sessions/{session['id']}", json={"model": None, "system_prompt": None, "folder": None}
    )

    told = changed.json()
    assert (told["model"], told["system_prompt"], told["folder"]) == (None, None, None)


async def test_what_cannot_be_nothing_stays(ann: Person) -> None:
    session = await ann.session(name="kept", settings={"temperature": 1})

    changed = await ann.http.patch(
        f"/sessions/{session['id']}",
        json={"name": None, "tags": None, "pinned": None, "archived": None, "settings": None},
    )

    assert changed.status_code == 200
    assert changed.json() == session


async def test_settings_change_as_a_whole(ann: Person) -> None:
    session = await ann.session(settings={"temperature": 1, "top_p": 0.5})

    changed = await ann.http.patch(f"/sessions/{session['id']}", json={"settings": {"max_tokens": 5}})

    assert {name: value for name, value in changed.json()["settings"].items() if value is not None} == {"max_tokens": 5}


async def test_a_change_is_seen_by_everyone_who_follows(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        changed = (await ann.http.patch(f"/sessions/{session['id']}", json={"name": "after"})).json()
        told = (await stream.until("session_updated"))[-1]

    assert told["data"] == {"session": changed, "waiting": None, "deleted_ids": []}


async def test_a_change_of_nothing_is_told_to_nobody(ann: Person) -> None:
    session = await ann.session()
    async with ann.socket(session["id"], after=0) as stream:
        assert (await ann.http.patch(f"/sessions/{session['id']}", json={})).json() == session
        await stream.live()

    assert [event["type"] for event in stream.events] == ["pong"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"model": ""},
        {"model": "x" * 301},
        {"system_prompt": "x" * 100_001},
        {"settings": {"temperature": 2.1}},
        {"settings": {"top_p": -0.1}},
        {"settings": {"max_tokens": 0}},
        {"settings": {"context_tokens": 255}},
        {"settings": {"reasoning": "much"}},
        {"settings": {"unknown": 1}},
        {"tags": ["x"] * 21},
        {"tags": [""]},
        {"folder": " "},
        {"id": NOBODY},
        {"owner_id": NOBODY},
    ],
    ids=lambda body: str(body)[:40],
)
@pytest.mark.parametrize("verb", ["create", "change"])
async def test_what_a_session_cannot_be_is_refused(ann: Person, verb: str, body: dict[str, Any]) -> None:
    if verb == "create":
        response = await ann.http.post("/sessions", json=body)
    else:
        response = await ann.http.patch(f"/sessions/{(await ann.session())['id']}", json=body)

    assert problem_of(response) == (422, "invalid_request")
    assert response.json()["errors"]


async def test_a_deleted_session_is_gone(newcomer: Person) -> None:
    session = await newcomer.session()
    await newcomer.ask(session["id"])

    assert (await newcomer.http.delete(f"/sessions/{session['id']}")).status_code == 204

    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/messages"), ("GET", "/stream")):
        response = await newcomer.http.request(method, f"/sessions/{session['id']}{path}")
        assert problem_of(response) == (404, "session_not_found")
    assert await listed(newcomer) == []
