"""Keys for programs."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.accounts.world import Browser, World, code_of

from chatbox.accounts.api_keys import MOST_API_KEYS
from chatbox.accounts.tables import ApiKey
from chatbox.kernel.db import Database


async def _make(browser: Browser, *scopes: str, **more: object) -> dict[str, str]:
    body = {"name": "ci", "scopes": scopes or ["read", "write", "chat"], **more}
    response = await browser.http.post("/auth/api-keys", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, str] = response.json()
    return made


async def test_a_key_is_shown_once_and_stored_as_a_digest(world: World, ann: Browser, db: Database):
    made = await _make(ann)
    assert made["key"].startswith("cb_")
    assert made["key"].startswith(made["prefix"])
    listed = (await ann.http.get("/auth/api-keys")).json()["items"]
    assert listed == [{name: value for name, value in made.items() if name != "key"}]
    async with db.begin() as tx:
        row = (await tx.scalars(select(ApiKey))).one()
    assert made["key"] not in str(vars(row))


async def test_a_key_lets_a_program_in_by_either_header(world: World, ann: Browser):
    made = await _make(ann)
    me = (await ann.http.get("/auth/me")).json()["id"]
    by_bearer = await world.client().bear(made["key"]).http.get("/probe")
    by_header = await world.client(x_api_key=made["key"]).http.get("/probe")
    assert [by_bearer.json(), by_header.json()] == [me, me]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", [200, 403, 403, 403]), ("write", [403, 200, 200, 403]), ("chat", [403, 403, 200, 403]),
     ("admin", [403, 403, 403, 200])],
)  # fmt: skip
@pytest.mark.parametrize("header", ["Authorization", "AUTHORIZATION", "x-api-key", "X-Api-Key"])
async def test_a_key_does_what_its_scope_says_whatever_the_header(
    world: World, ann: Browser, scope: str, allowed: list[int], header: str
):
    made = await _make(ann, scope)
    value = made["key"] if "key" in header.lower() else f"bearer {made['key']}"
    http = world.client().http
    answers = [
        await http.get("/probe", headers={header: value}),
        await http.post("/probe", headers={header: value}),
        await http.post("/probe/chat", headers={header: value}),
        await http.get("/probe/admin", headers={header: value}),
    ]
    assert [answer.status_code for answer in answers] == allowed


async def test_a_key_manages_nobodys_access(world: World, ann: Browser):
    program = world.client().bear((await _make(ann, "read", "write", "chat", "admin"))["key"])
    new_key = {"name": "more", "scopes": ["admin"]}
    change = {"current_password": "x", "new_password": "long enough"}
    answers = [
        await program.http.get("/auth/api-keys"),
        await program.http.post("/auth/api-keys", json=new_key),
        await program.http.delete(f"/auth/api-keys/{uuid4()}"),
        await program.http.get("/auth/sign-ins"),
        await program.http.delete(f"/auth/sign-ins/{uuid4()}"),
        await program.http.post("/auth/password", json=change),
        await program.http.patch("/auth/me", json={"name": "x"}),
        await program.http.post("/auth/logout"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 8


async def test_a_deleted_key_is_refused_from_then_on_and_announced(world: World, ann: Browser):
    made = await _make(ann)
    me = (await ann.http.get("/auth/me")).json()["id"]
    assert (await ann.http.delete(f"/auth/api-keys/{made['id']}")).status_code == 204
    assert (await world.client().bear(made["key"]).http.get("/probe")).status_code == 401
    assert world.lost.all == [(UUID(me), None, UUID(made["id"]))]
    assert (await ann.http.get("/auth/api-keys")).json()["items"] == []


async def test_an_expired_key_is_refused(world: World, ann: Browser):
    made = await _make(ann, expires_at="2030-01-01T01:00:00Z")
    program = world.client().bear(made["key"])
    assert (await program.http.get("/probe")).status_code == 200
    world.clock.advance(hours=1)
    assert (await program.http.get("/probe")).status_code == 401


async def test_a_key_cannot_expire_before_it_is_made(ann: Browser):
    body = {"name": "ci", "scopes": ["read"], "expires_at": "2030-01-01T00:00:00Z"}
    response = await ann.http.post("/auth/api-keys", json=body)
    assert (response.status_code, code_of(response)) == (422, "expiry_in_past")


@pytest.mark.parametrize(
    "body",
    [{"name": "ci", "scopes": []}, {"name": "ci", "scopes": ["root"]}, {"name": "", "scopes": ["read"]},
     {"name": "ci", "scopes": ["read"], "expires_at": "2031-01-01T00:00:00"}, {"scopes": ["read"]}],
)  # fmt: skip
async def test_a_key_that_cannot_be_is_refused(ann: Browser, body: dict[str, object]):
    assert (await ann.http.post("/auth/api-keys", json=body)).status_code == 422


async def test_only_an_admin_can_make_an_admin_key(bob: Browser):
    response = await bob.http.post("/auth/api-keys", json={"name": "ci", "scopes": ["admin"]})
    assert (response.status_code, code_of(response)) == (403, "admin_scope_refused")


async def test_the_admin_key_of_a_demoted_admin_administers_nothing(world: World, ann: Browser, bob: Browser):
    bob_id = (await bob.http.get("/auth/me")).json()["id"]
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "admin"})
    program = world.client().bear((await _make(bob, "admin"))["key"])
    assert (await program.http.get("/admin/users")).status_code == 200
    await ann.http.patch(f"/admin/users/{bob_id}", json={"role": "user"})
    assert (await program.http.get("/admin/users")).status_code == 403


async def test_a_suspended_persons_key_is_refused_and_works_again_when_activated(
    world: World, ann: Browser, bob: Browser
):
    bob_id = (await bob.http.get("/auth/me")).json()["id"]
    program = world.client().bear((await _make(bob))["key"])
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "suspended"})
    assert (await program.http.get("/probe")).status_code == 401
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "active"})
    assert (await program.http.get("/probe")).status_code == 200


async def test_anothers_key_is_not_found_exactly_as_one_that_never_was(ann: Browser, bob: Browser):
    made = await _make(bob)
    foreign = await ann.http.delete(f"/auth/api-keys/{made['id']}")
    absent = await ann.http.delete(f"/auth/api-keys/{uuid4()}")
    assert (foreign.status_code, foreign.json()) == (404, absent.json())
    assert len((await bob.http.get("/auth/api-keys")).json()["items"]) == 1
    assert (await ann.http.get("/auth/api-keys")).json()["items"] == []


async def test_the_last_use_is_noted_at_most_once_a_minute(world: World, ann: Browser):
    program = world.client().bear((await _make(ann))["key"])
    noted = []
    for seconds in (0, 59, 1):
        world.clock.advance(seconds=seconds)
        await program.http.get("/probe")
        noted.append((await ann.http.get("/auth/api-keys")).json()["items"][0]["last_used_at"])
    assert noted == ["2030-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z", "2030-01-01T00:01:00.000Z"]


async def test_there_can_be_only_so_many_keys(ann: Browser):
    for _ in range(MOST_API_KEYS):
        await _make(ann)
    response = await ann.http.post("/auth/api-keys", json={"name": "one more", "scopes": ["read"]})
    assert (response.status_code, code_of(response)) == (409, "too_many_api_keys")
    assert response.json()["params"] == {"most": MOST_API_KEYS}


async def test_the_keys_come_in_pages_newest_first(ann: Browser):
    made = [await _make(ann) for _ in range(3)]
    first = (await ann.http.get("/auth/api-keys?limit=2")).json()
    second = (await ann.http.get("/auth/api-keys", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    listed = [item["id"] for item in first["items"] + second["items"]]
    assert listed == [item["id"] for item in reversed(made)]


@pytest.mark.parametrize("key", ["cb_", "cb_x", "cb_%", "cb_" + "x" * 5000, "cb_é"])
async def test_what_is_no_key_lets_nobody_in(world: World, ann: Browser, key: str):
    await _make(ann)
    response = await world.client().http.get("/probe", headers=[(b"x-api-key", key.encode("latin-1"))])
    assert response.status_code == 401
