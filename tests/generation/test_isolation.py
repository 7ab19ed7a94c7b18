"""What is another person's does not exist: every route and every frame, with every id."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.app import NOBODY, Person, ServerThread, problem_of

# A route without an id of the caller's things, or for admins only, has nothing of another person's to show.
_WITHOUT_IDS = {"/api/v1/admin/users/{user_id}"}
_BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/sessions/{session_id}/messages": {"message": "hi"},
    "POST /api/v1/sessions/{session_id}/messages/{message_id}/edit": {"message": "hi"},
}
_FRAMES: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
    ("send_message", lambda message_id: {"message": "hi", "parent_id": message_id}),
    ("stop_generation", lambda message_id: {"message_id": message_id}),
    ("regenerate", lambda message_id: {"message_id": message_id}),
    ("continue", lambda message_id: {"message_id": message_id}),
]


@dataclass(frozen=True)
class Belongings:
    """One of each thing that has an id, all of one person's."""

    ids: dict[str, str]

    def address(self, path: str) -> str:
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        return path.removeprefix("/api/v1")


async def belongings_of(person: Person) -> Belongings:
    session = await person.session()
    answer = await person.ask(session["id"])
    form = {"file": ("mine.txt", b"mine", "text/plain")}
    tus = {"tus-resumable": "1.0.0", "upload-length": "1"}
    provider = {"name": "mine", "kind": "openai", "base_url": "https://models.invalid/v1", "model_names": ["m"]}
    return Belongings(
        {
            "session_id": session["id"],
            "message_id": answer["id"],
            "provider_id": (await person.http.post("/providers", json=provider)).json()["id"],
            "api_key_id": (await person.http.post("/auth/api-keys", json={"name": "k", "scopes": ["read"]})).json()[
                "id"
            ],
            "file_id": (await person.http.post("/files/upload", files=form)).json()["id"],
            "upload_id": (await person.http.post("/files/uploads", headers=tus)).headers["location"].split("/")[-1],
            "sign_in_id": (await person.http.get("/auth/sign-ins")).json()["items"][0]["id"],
        }
    )


async def routes_with_ids(person: Person) -> list[tuple[str, str]]:
    document = (await person.http.get(f"{person.place.url}/api/openapi.json")).json()
    return [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if "{" in path and path.startswith("/api/v1") and path not in _WITHOUT_IDS
    ]


async def test_every_route_answers_another_person_as_if_there_were_nothing(newcomer: Person, bob: Person) -> None:
    theirs = await belongings_of(newcomer)
    nobody_s = Belongings(dict.fromkeys(theirs.ids, NOBODY))
    routes = await routes_with_ids(bob)
    assert len(routes) > 12

    for method, path in routes:
        told = []
        for things in (theirs, nobody_s):
            assert "{" not in things.address(path), f"{path} names something that this test has none of"
            body = _BODIES.get(f"{method} {path}", {} if method in {"POST", "PATCH"} else None)
            response = await bob.http.request(method, things.address(path), json=body)
            assert problem_of(response)[0] == 404, f"{method} {path}: {response.text}"
            told.append(response.json())
        assert told[0] == told[1], f"{method} {path} tells the difference"

    kept = (theirs.address(f"/api/v1/{path}") for path in ("sessions/{session_id}", "files/{file_id}"))
    for path in (*kept, "/auth/sign-ins", "/auth/api-keys", "/providers"):
        assert (await newcomer.http.get(path)).status_code == 200
    assert len(await newcomer.messages(theirs.ids["session_id"], view="tree")) == 2


async def test_an_admin_is_another_person_too(newcomer: Person, admin: Person) -> None:
    theirs = await belongings_of(newcomer)

    for path in ("/sessions/{session_id}", "/sessions/{session_id}/messages", "/sessions/{session_id}/stream"):
        assert problem_of(await admin.http.get(theirs.address(path)))[0] == 404


@pytest.mark.parametrize(("kind", "data"), _FRAMES, ids=[kind for kind, _ in _FRAMES])
async def test_no_frame_reaches_another_person_s_message(
    ann: Person, bob: Person, kind: str, data: Callable[[str], dict[str, Any]]
) -> None:
    theirs = await ann.session()
    running = await ann.send(theirs["id"], model="scripted/hang")
    mine = await bob.session()
    async with bob.socket(mine["id"]) as stream:
        await stream.say(kind, data(running["answer"]["id"]))
        refused = await stream.next()
        await stream.say(kind, data(NOBODY))
        unknown = await stream.next()

    assert refused == unknown
    assert refused["data"]["code"] == "message_not_found"
    assert (await ann.message(theirs["id"], running["answer"]["id"]))["status"] == "streaming"
    await ann.stop(theirs["id"], running["answer"]["id"])


async def test_a_message_cannot_be_reached_through_a_session_of_one_s_own(ann: Person, bob: Person) -> None:
    theirs = await ann.session()
    sent = await ann.send(theirs["id"])
    mine = await bob.session()

    for verb in ("edit", "regenerate", "continue", "stop", "switch"):
        body = {"message": "hi"} if verb == "edit" else None
        address = f"/sessions/{mine['id']}/messages/{sent['answer']['id']}/{verb}"
        assert problem_of(await bob.http.post(address, json=body)) == (404, "message_not_found")
    below = await bob.http.post(
        f"/sessions/{mine['id']}/messages", json={"message": "hi", "parent_id": sent["answer"]["id"]}
    )
    assert problem_of(below) == (404, "message_not_found")
    page = await bob.http.get(f"/sessions/{mine['id']}/messages", params={"cursor": sent["answer"]["id"]})
    assert page.json()["items"] == []


async def test_lists_hold_only_one_s_own(newcomer: Person, bob: Person) -> None:
    theirs = await belongings_of(newcomer)

    for path in ("/sessions?limit=200", "/providers", "/models", "/auth/api-keys", "/auth/sign-ins"):
        assert not set(theirs.ids.values()) & set(_ids_in((await bob.http.get(path)).json()))


async def test_a_key_of_one_s_wish_is_nobody_else_s(ann: Person, bob: Person) -> None:
    first, second = await ann.session(), await bob.session()

    one = await ann.send(first["id"], "hers", client_id="shared-key")
    other = await bob.send(second["id"], "his", client_id="shared-key")

    assert one["answer"]["id"] != other["answer"]["id"]


async def test_another_person_s_provider_cannot_answer_for_me(newcomer: Person, bob: Person) -> None:
    theirs = await belongings_of(newcomer)
    session = await bob.session()

    response = await bob.http.post(
        f"/sessions/{session['id']}/messages", json={"message": "hi", "model": f"{theirs.ids['provider_id']}/m"}
    )

    assert problem_of(response) == (404, "model_unknown")


async def test_nothing_is_served_without_signing_in(server: ServerThread, ann: Person) -> None:
    things = await belongings_of(ann)
    async with server.browser() as stranger:
        for method, path in await routes_with_ids(ann):
            body = _BODIES.get(f"{method} {path}", {} if method in {"POST", "PATCH"} else None)
            response = await stranger.request(method, things.address(path), json=body)
            assert problem_of(response) == (401, "not_signed_in"), f"{method} {path}"
            assert response.headers["www-authenticate"] == "Bearer"


def _ids_in(found: object) -> list[str]:
    if isinstance(found, dict):
        return [inner for value in found.values() for inner in _ids_in(value)]
    if isinstance(found, list):
        return [inner for value in found for inner in _ids_in(value)]
    return [found] if isinstance(found, str) else []
