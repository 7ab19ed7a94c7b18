"""Making an account."""

import asyncio

import pytest
from tests.accounts.world import PASSWORD, Browser, HandClock, Losses, World, code_of

from chatbox.accounts.limits import Limit, Limits


async def test_registering_signs_in_and_tells_who_one_is(world: World):
    response = await world.client().register("Ann@Example.org ", name="Ann")
    body = response.json()
    assert response.status_code == 201
    assert sorted(body) == ["access_token", "expires_in", "refresh_token", "token_type", "user"]
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    user = body["user"]
    assert (user["email"], user["name"], user["status"], user["language"]) == ("ann@example.org", "Ann", "active", None)
    assert sorted(user) == ["created_at", "email", "id", "language", "name", "role", "status"]
    assert user["created_at"] == "2030-01-01T00:00:00.000Z"


async def test_the_first_account_is_the_admin_and_the_second_is_not(world: World):
    first = await world.client().register("a@example.org")
    second = await world.client().register("b@example.org")
    assert [first.json()["user"]["role"], second.json()["user"]["role"]] == ["admin", "user"]


async def test_of_many_first_accounts_at_once_exactly_one_is_the_admin(world: World):
    responses = await asyncio.gather(*(world.client().register(f"p{n}@example.org") for n in range(8)))
    roles = [response.json()["user"]["role"] for response in responses]
    assert sorted(roles) == ["admin"] + ["user"] * 7


async def test_a_taken_address_is_refused_whatever_its_case(world: World, ann: Browser):
    response = await world.client().register("ANN@example.org")
    assert (response.status_code, code_of(response)) == (409, "email_taken")


async def test_of_two_accounts_with_one_address_at_once_one_is_made(world: World, ann: Browser):
    responses = await asyncio.gather(*(world.client().register("twin@example.org") for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409]


async def test_without_a_name_the_address_gives_one(world: World):
    assert (await world.client().register("grace.h@example.org")).json()["user"]["name"] == "grace.h"


@pytest.mark.parametrize(
    "email",
    ["", "no-at", "@example.org", "a@", "a@b@c", "a b@example.org", "a\u0000@example.org", f"{'x' * 65}@example.org",
     f"a@{'x' * 260}", "a\n@example.org"],
)  # fmt: skip
async def test_what_is_no_address_is_refused_beside_its_field(world: World, email: str):
    response = await world.client().register(email)
    assert (response.status_code, code_of(response)) == (422, "invalid_request")
    assert response.json()["errors"][0]["field"] == "body.email"


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
async def test_a_password_has_8_to_256_characters(world: World, password: str):
    response = await world.client().register(password=password)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "body.password"


@pytest.mark.parametrize("password", ["12345678", "密码密码密码密码", "x" * 256])
async def test_any_password_of_that_length_works(world: World, password: str):
    await world.client().register(password=password)
    assert (await world.client().login(password=password)).status_code == 200


async def test_the_same_letters_typed_another_way_are_the_same_password(world: World):
    await world.client().register(password="cafe\u0301 cafe\u0301")
    assert (await world.client().login(password="caf\u00e9 caf\u00e9")).status_code == 200


async def test_a_name_with_control_characters_is_refused(world: World):
    response = await world.client().register(name="Ann\u0000")
    assert response.json()["errors"][0]["code"] == "unprintable"


async def test_an_unknown_field_is_refused(world: World):
    response = await world.client().register(role="admin")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "extra_forbidden")


async def test_half_a_character_is_refused_and_crashes_nothing(world: World):
    browser = world.client(content_type="application/json")
    for field in ("email", "password"):
        body = '{"email": "a@example.org", "password": "12345678"}'.replace(f'"{field}": "', f'"{field}": "\\ud800')
        assert (await browser.http.post("/auth/register", content=body)).status_code == 422


async def test_registration_can_be_closed(world: World, ann: Browser):
    closing = await ann.http.patch("/admin/settings", json={"registration_open": False})
    assert closing.json()["registration_open"] is False
    response = await world.client().register("late@example.org")
    assert (response.status_code, code_of(response)) == (403, "registration_closed")


async def test_registration_can_be_opened_again(world: World, ann: Browser):
    await ann.http.patch("/admin/settings", json={"registration_open": False})
    await ann.http.patch("/admin/settings", json={"registration_open": True})
    assert (await world.client().register("late@example.org")).status_code == 201


async def test_an_empty_change_of_settings_changes_nothing(ann: Browser):
    assert (await ann.http.patch("/admin/settings", json={})).json()["registration_open"] is True


async def test_the_sign_in_page_learns_what_it_needs(world: World):
    stranger = world.client()
    before = (await stranger.http.get("/auth/status")).json()
    assert before == {"registration_open": True, "has_accounts": False, "languages": ["en", "zh-CN"]}
    browser = world.client()
    await browser.register()
    await browser.http.patch("/admin/settings", json={"registration_open": False})
    after = (await stranger.http.get("/auth/status")).json()
    assert after == {"registration_open": False, "has_accounts": True, "languages": ["en", "zh-CN"]}


async def test_registrations_are_limited_by_address(db, passwords):
    limits = Limits(register_by_address=Limit(2, 60))
    world = World(db, HandClock(), passwords, Losses(), limits)
    for n in range(2):
        await world.client().register(f"p{n}@example.org")
    refused = await world.client().register("p3@example.org")
    assert (refused.status_code, code_of(refused), refused.headers["retry-after"]) == (429, "too_many_attempts", "60")
    assert (await world.client("192.0.2.9").register("p3@example.org")).status_code == 201


async def test_the_password_is_nowhere_in_the_answer_and_stored_as_argon2id(world: World, db):
    response = await world.client().register()
    assert PASSWORD not in response.text
    assert "argon2" not in response.text
    user = await world.accounts.person(response.json()["user"]["id"])
    assert user.password_hash.startswith("$argon2id$")
