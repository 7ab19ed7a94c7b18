"""Signing out, seeing where one is signed in, and changing the password."""

from uuid import UUID, uuid4

import pytest
from tests.accounts.world import NOBODY, PASSWORD, Browser, HandClock, Losses, World, code_of

from chatbox.accounts.limits import Limit, Limits
from chatbox.kernel.db import Database

NEW_PASSWORD = "a better one, surely"


async def _sign_ins(browser: Browser) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await browser.http.get("/auth/sign-ins")).json()["items"]
    return items


async def test_signing_out_ends_the_sign_in_and_takes_the_cookies(world: World, ann: Browser):
    tokens = dict(ann.http.cookies)
    response = await ann.http.post("/auth/logout")
    assert (response.status_code, response.content) == (204, b"")
    assert dict(ann.http.cookies) == {}
    assert (await world.client().bear(tokens["chatbox_access"]).http.get("/auth/me")).status_code == 401
    assert (await world.client().refresh(tokens["chatbox_refresh"])).status_code == 401


async def test_signing_out_is_announced_once(world: World, ann: Browser):
    me = (await ann.http.get("/auth/me")).json()
    sign_in_id = (await _sign_ins(ann))[0]["id"]
    await ann.http.post("/auth/logout")
    assert world.lost.all == [(UUID(me["id"]), UUID(str(sign_in_id)), None)]


async def test_a_program_signs_out_with_its_access_token(world: World, ann: Browser):
    tokens = (await world.client().login()).json()
    program = world.client().bear(tokens["access_token"])
    assert (await program.http.post("/auth/logout")).status_code == 204
    assert (await program.http.get("/auth/me")).status_code == 401


async def test_one_can_sign_out_after_the_access_token_ran_out(world: World, ann: Browser):
    refresh_token = ann.http.cookies["chatbox_refresh"]
    world.clock.advance(hours=1)
    assert (await ann.http.post("/auth/logout")).status_code == 204
    assert (await world.client().refresh(refresh_token)).status_code == 401
    assert len(world.lost.all) == 1


async def test_a_refresh_token_in_the_body_signs_out_too(world: World, ann: Browser):
    tokens = (await world.client().login()).json()
    response = await world.client().http.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    assert response.status_code == 204
    assert (await world.client().refresh(tokens["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["nonsense", f"{NOBODY}.secret"])
async def test_signing_out_with_nothing_to_end_is_fine(world: World, token: str):
    assert (await world.client().http.post("/auth/logout", json={"refresh_token": token})).status_code == 204
    assert (await world.client().http.post("/auth/logout")).status_code == 204
    assert world.lost.all == []


async def test_a_guessed_secret_signs_nobody_out(world: World, ann: Browser):
    guess = ann.http.cookies["chatbox_refresh"].partition(".")[0] + ".guess"
    await world.client().http.post("/auth/logout", json={"refresh_token": guess})
    assert (await ann.http.get("/auth/me")).status_code == 200


async def test_the_list_shows_where_one_is_signed_in_and_marks_this_one(world: World, ann: Browser):
    world.clock.advance(minutes=1)
    phone = world.client("198.51.100.4", user_agent="Phone/1.0")
    await phone.login()
    page = (await ann.http.get("/auth/sign-ins")).json()
    assert page["next_cursor"] is None
    first, second = page["items"]
    assert (first["user_agent"], first["address"], first["is_current"]) == ("Phone/1.0", "198.51.100.4", False)
    assert first["created_at"] == first["last_used_at"] == "2030-01-01T00:01:00.000Z"
    assert second["is_current"] is True


async def test_the_list_comes_in_pages(world: World, ann: Browser):
    for _ in range(2):
        await world.client().login()
    first = (await ann.http.get("/auth/sign-ins?limit=2")).json()
    second = (await ann.http.get("/auth/sign-ins", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=%00", "cursor=" + "x" * 201])
async def test_a_page_that_cannot_be_is_refused(ann: Browser, query: str):
    response = await ann.http.get(f"/auth/sign-ins?{query}")
    assert (response.status_code, code_of(response)) == (422, "invalid_request")


async def test_a_long_program_name_is_cut(world: World, ann: Browser):
    await world.client(user_agent="x" * 5000).login()
    assert len(str((await _sign_ins(ann))[0]["user_agent"])) == 300


async def test_a_refresh_moves_the_time_of_last_use(world: World, ann: Browser):
    world.clock.advance(minutes=10)
    await ann.http.post("/auth/refresh")
    assert (await _sign_ins(ann))[0]["last_used_at"] == "2030-01-01T00:10:00.000Z"


async def test_a_revoked_sign_in_is_refused_from_then_on_and_announced(world: World, ann: Browser):
    phone = world.client()
    tokens = (await phone.login()).json()
    sign_in = (await _sign_ins(ann))[0]
    assert (await ann.http.delete(f"/auth/sign-ins/{sign_in['id']}")).status_code == 204
    assert (await phone.http.get("/auth/me")).status_code == 401
    assert (await phone.refresh(tokens["refresh_token"])).status_code == 401
    assert world.lost.all == [(UUID(tokens["user"]["id"]), UUID(str(sign_in["id"])), None)]
    assert len(await _sign_ins(ann)) == 1


async def test_another_persons_sign_in_is_not_found_exactly_as_one_that_never_was(ann: Browser, bob: Browser):
    bobs = (await _sign_ins(bob))[0]["id"]
    foreign = await ann.http.delete(f"/auth/sign-ins/{bobs}")
    absent = await ann.http.delete(f"/auth/sign-ins/{uuid4()}")
    assert (foreign.status_code, foreign.json()) == (404, absent.json())
    assert code_of(foreign) == "sign_in_not_found"
    assert len(await _sign_ins(bob)) == 1


async def test_a_new_password_replaces_the_old_one(world: World, ann: Browser):
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await ann.http.post("/auth/password", json=change)).status_code == 204
    assert (await world.client().login()).status_code == 401
    assert (await world.client().login(password=NEW_PASSWORD)).status_code == 200


async def test_a_new_password_ends_every_other_sign_in_and_keeps_this_one(world: World, ann: Browser):
    phone = world.client()
    await phone.login()
    phone_id = (await _sign_ins(ann))[0]["id"]
    await ann.http.post("/auth/password", json={"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert (await phone.http.get("/auth/me")).status_code == 401
    assert (await ann.http.get("/auth/me")).status_code == 200
    assert [str(sign_in_id) for _, sign_in_id, _ in world.lost.all] == [phone_id]


async def test_the_current_password_must_be_right(world: World, ann: Browser):
    change = {"current_password": "not the password", "new_password": NEW_PASSWORD}
    response = await ann.http.post("/auth/password", json=change)
    assert (response.status_code, code_of(response)) == (403, "current_password_wrong")
    assert (await world.client().login()).status_code == 200


async def test_guesses_at_the_current_password_are_limited(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(password_by_account=Limit(2, 300)))
    browser = world.client()
    await browser.register()
    wrong = {"current_password": "not the password", "new_password": NEW_PASSWORD}
    for _ in range(2):
        await browser.http.post("/auth/password", json=wrong)
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert code_of(await browser.http.post("/auth/password", json=right)) == "too_many_attempts"


async def test_a_new_password_keeps_the_rules(ann: Browser):
    response = await ann.http.post("/auth/password", json={"current_password": PASSWORD, "new_password": "short"})
    assert response.json()["errors"][0]["field"] == "body.new_password"


async def test_the_profile_changes_only_where_it_is_told_to(ann: Browser):
    named = await ann.http.patch("/auth/me", json={"name": " Ann Lee "})
    spoken = await ann.http.patch("/auth/me", json={"language": "zh-CN"})
    nothing = await ann.http.patch("/auth/me", json={})
    reset = await ann.http.patch("/auth/me", json={"language": None})
    told = [(r.json()["name"], r.json()["language"]) for r in (named, spoken, nothing, reset)]
    assert told == [("Ann Lee", None), ("Ann Lee", "zh-CN"), ("Ann Lee", "zh-CN"), ("Ann Lee", None)]


@pytest.mark.parametrize("patch", [{"language": "xx"}, {"name": ""}, {"name": "x" * 101}, {"role": "admin"}])
async def test_a_profile_that_cannot_be_is_refused(ann: Browser, patch: dict[str, str]):
    assert (await ann.http.patch("/auth/me", json=patch)).status_code == 422


async def test_refusals_come_in_the_language_of_the_account(ann: Browser):
    await ann.http.patch("/auth/me", json={"language": "zh-CN"})
    response = await ann.http.delete(f"/auth/sign-ins/{uuid4()}", headers={"accept-language": "en"})
    assert response.headers["content-language"] == "zh-CN"
