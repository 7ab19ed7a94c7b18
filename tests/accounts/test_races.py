"""What happens to an account while a password is being hashed, when no lock is held."""

from functools import partial

import pytest
from tests.accounts.world import NOBODY, PASSWORD, Browser, World, code_of

from chatbox.accounts.api_keys import WantedKey
from chatbox.kernel.errors import NotSignedIn

NEW_PASSWORD = "a better one, surely"


async def _id(browser: Browser) -> str:
    user_id: str = (await browser.http.get("/auth/me")).json()["id"]
    return user_id


async def test_whoever_is_suspended_while_signing_in_does_not_get_in(world: World, ann: Browser, bob: Browser):
    path = f"/admin/users/{await _id(bob)}"
    world.passwords.meanwhile = partial(ann.http.patch, path, json={"status": "suspended"})
    assert code_of(await world.client().login("bob@example.org")) == "wrong_credentials"


async def test_whoever_is_deleted_while_signing_in_does_not_get_in(world: World, ann: Browser, bob: Browser):
    world.passwords.meanwhile = partial(ann.http.delete, f"/admin/users/{await _id(bob)}")
    assert code_of(await world.client().login("bob@example.org")) == "wrong_credentials"


async def test_an_old_password_that_is_replaced_while_signing_in_opens_nothing(world: World, ann: Browser):
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    world.clock.advance(seconds=1)
    world.passwords.meanwhile = partial(ann.http.post, "/auth/password", json=change)
    assert code_of(await world.client().login()) == "wrong_credentials"
    assert len((await ann.http.get("/auth/sign-ins")).json()["items"]) == 1


async def test_of_two_password_changes_at_once_the_first_wins(world: World, ann: Browser):
    world.clock.advance(seconds=1)
    first = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    second = {"current_password": PASSWORD, "new_password": "of a thief"}
    world.passwords.meanwhile = partial(ann.http.post, "/auth/password", json=first)
    assert code_of(await ann.http.post("/auth/password", json=second)) == "current_password_wrong"
    assert (await world.client().login(password=NEW_PASSWORD)).status_code == 200


async def test_registration_that_is_closed_while_someone_registers_is_closed_to_them(world: World, ann: Browser):
    world.passwords.meanwhile = partial(ann.http.patch, "/admin/settings", json={"registration_open": False})
    assert code_of(await world.client().register("late@example.org")) == "registration_closed"


async def test_an_address_that_is_taken_while_someone_registers_is_refused(world: World, ann: Browser):
    other = world.client()
    world.passwords.meanwhile = partial(other.register, "twin@example.org")
    assert code_of(await world.client().register("twin@example.org")) == "email_taken"


async def test_a_deleted_person_does_nothing_more(world: World):
    with pytest.raises(NotSignedIn):
        await world.accounts.person(NOBODY)
    with pytest.raises(NotSignedIn):
        await world.api_keys.create(NOBODY, WantedKey("ci", frozenset({"read"}), None))
