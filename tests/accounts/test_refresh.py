"""One-time refresh tokens: rotation, and what a dead one sets off."""

import asyncio

import pytest
from sqlalchemy import select
from tests.accounts.world import NOBODY, Browser, HandClock, Losses, World, code_of

from chatbox.accounts.limits import Limit, Limits
from chatbox.accounts.tables import SignIn
from chatbox.kernel.db import Database


@pytest.fixture
async def tokens(world: World) -> dict[str, str]:
    """What a program gets that registers."""
    made: dict[str, str] = (await world.client().register()).json()
    return made


async def test_a_refresh_gives_new_tokens_that_work(world: World, tokens):
    response = await world.client().refresh(tokens["refresh_token"])
    body = response.json()
    assert response.status_code == 200
    assert sorted(body) == sorted(tokens)
    assert body["user"] == tokens["user"]
    assert body["access_token"] != tokens["access_token"]
    assert body["refresh_token"] != tokens["refresh_token"]
    assert (await world.client().bear(body["access_token"]).http.get("/auth/me")).status_code == 200
    assert (await world.client().refresh(body["refresh_token"])).status_code == 200


async def test_a_dead_token_is_refused_and_ends_the_whole_sign_in(world: World, tokens):
    fresh = (await world.client().refresh(tokens["refresh_token"])).json()
    reused = await world.client().refresh(tokens["refresh_token"])
    assert (reused.status_code, code_of(reused)) == (401, "refresh_token_invalid")
    assert (await world.client().refresh(fresh["refresh_token"])).status_code == 401
    assert (await world.client().bear(fresh["access_token"]).http.get("/auth/me")).status_code == 401


async def test_reuse_is_announced_once_and_written_down(world: World, ann: Browser):
    tokens = (await world.client().login()).json()
    await world.client().refresh(tokens["refresh_token"])
    await world.client("203.0.113.7").refresh(tokens["refresh_token"])
    await world.client("203.0.113.7").refresh(tokens["refresh_token"])
    sign_in_id = tokens["refresh_token"].partition(".")[0]
    assert [(str(user), str(sign_in), key) for user, sign_in, key in world.lost.all] == [
        (tokens["user"]["id"], sign_in_id, None)
    ]
    entries = (await ann.http.get("/admin/audit-log")).json()["items"]
    assert [(e["action"], e["target"], e["address"], e["actor"]) for e in entries] == [
        ("refresh_token_reused", "ann@example.org", "203.0.113.7", None)
    ]


async def test_reuse_leaves_other_sign_ins_alone(world: World, tokens):
    other = (await world.client().login()).json()
    await world.client().refresh(tokens["refresh_token"])
    await world.client().refresh(tokens["refresh_token"])
    assert (await world.client().bear(other["access_token"]).http.get("/auth/me")).status_code == 200


async def test_of_two_refreshes_at_once_one_wins_and_the_sign_in_ends(world: World, tokens):
    both = await asyncio.gather(*(world.client().refresh(tokens["refresh_token"]) for _ in range(2)))
    assert sorted(response.status_code for response in both) == [200, 401]
    winner = next(response for response in both if response.status_code == 200)
    assert (await world.client().refresh(winner.json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "x", ".", "..", f"{NOBODY}", f"{NOBODY}.", f"{NOBODY}.x", ".secret", "é.secret", f"{NOBODY}.é"]
)
async def test_what_is_no_token_is_refused(world: World, tokens, token: str):
    response = await world.client().refresh(token)
    assert (response.status_code, code_of(response)) == (401, "refresh_token_invalid")
    assert (await world.client().refresh(tokens["refresh_token"])).status_code == 200


async def test_an_access_token_refreshes_nothing(world: World, tokens):
    assert (await world.client().refresh(tokens["access_token"])).status_code == 401


async def test_a_sign_in_lives_as_long_as_it_is_used(world: World, tokens):
    token = tokens["refresh_token"]
    for _ in range(3):
        world.clock.advance(days=29)
        token = (await world.client().refresh(token)).json()["refresh_token"]
    world.clock.advance(days=30)
    assert (await world.client().refresh(token)).status_code == 401


async def test_only_a_digest_of_the_token_is_stored(world: World, db: Database, tokens):
    async with db.begin() as tx:
        row = (await tx.scalars(select(SignIn))).one()
    secret = tokens["refresh_token"].partition(".")[2]
    assert secret not in str(vars(row))
    assert len(row.refresh_hash) == 64


async def test_refreshes_are_limited_by_address(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(refresh_by_address=Limit(1, 300)))
    tokens = (await world.client().register()).json()
    fresh = (await world.client().refresh(tokens["refresh_token"])).json()
    refused = await world.client().refresh(fresh["refresh_token"])
    assert (refused.status_code, code_of(refused)) == (429, "too_many_attempts")
    assert (await world.client("192.0.2.9").refresh(fresh["refresh_token"])).status_code == 200


async def test_a_browser_refreshes_with_its_cookie_and_no_body(world: World, ann: Browser):
    before = dict(ann.http.cookies)
    response = await ann.http.post("/auth/refresh")
    assert response.status_code == 200
    assert dict(ann.http.cookies) != before
    assert (await ann.http.post("/auth/refresh", json={})).status_code == 200


async def test_the_token_in_the_body_goes_before_the_cookie(world: World, ann: Browser):
    other = (await world.client().login()).json()
    response = await ann.refresh(other["refresh_token"])
    assert response.json()["refresh_token"].partition(".")[0] == other["refresh_token"].partition(".")[0]


async def test_without_any_token_nothing_is_refreshed(world: World):
    response = await world.client().http.post("/auth/refresh")
    assert (response.status_code, code_of(response)) == (401, "refresh_token_invalid")


async def test_a_client_that_refreshes_on_401_and_tries_again_gets_through(world: World, tokens):
    """What the axios interceptor of an outside client does."""
    browser = world.client().bear(tokens["access_token"])
    world.clock.advance(minutes=15)
    assert (await browser.http.get("/auth/me")).status_code == 401
    fresh = (await browser.refresh(tokens["refresh_token"])).json()
    assert (await browser.bear(fresh["access_token"]).http.get("/auth/me")).status_code == 200


async def test_a_suspended_person_cannot_refresh(world: World, ann: Browser, bob: Browser):
    user_id = (await bob.http.get("/auth/me")).json()["id"]
    await ann.http.patch(f"/admin/users/{user_id}", json={"status": "suspended"})
    assert (await bob.http.post("/auth/refresh")).status_code == 401


async def test_tidying_forgets_sign_ins_that_ended_long_ago(world: World, db: Database, tokens):
    world.clock.advance(days=61)
    await world.accounts.tidy()
    async with db.begin() as tx:
        assert (await tx.scalars(select(SignIn))).all() == []
