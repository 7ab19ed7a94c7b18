"""The two cookies that a browser gets, and the forms that other sites may not send."""

from http.cookies import SimpleCookie

import httpx2
import pytest
from tests.accounts.world import PASSWORD, Browser, HandClock, Losses, World, code_of

from chatbox.accounts.limits import Limits
from chatbox.kernel.db import Database


def _cookies(response: httpx2.Response) -> SimpleCookie:
    jar = SimpleCookie()
    for line in response.headers.get_list("set-cookie"):
        jar.load(line)
    return jar


async def test_the_access_cookie_is_for_every_path_and_no_script(world: World):
    response = await world.client().register()
    cookie = _cookies(response)["chatbox_access"]
    assert cookie.value == response.json()["access_token"]
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", "900", "lax")
    assert (cookie["httponly"], cookie["secure"]) == (True, "")


async def test_the_refresh_cookie_goes_only_where_it_is_read(world: World):
    response = await world.client().register()
    cookie = _cookies(response)["chatbox_refresh"]
    assert cookie.value == response.json()["refresh_token"]
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/api/v1/auth", str(30 * 86400), "strict")
    assert (cookie["httponly"], cookie["secure"]) == (True, "")


async def test_login_and_refresh_set_both_cookies_too(world: World, ann: Browser):
    for response in (await world.client().login(), await ann.http.post("/auth/refresh")):
        assert sorted(_cookies(response)) == ["chatbox_access", "chatbox_refresh"]


async def test_cookies_are_secure_when_the_public_address_is(db: Database, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(), public_url="https://chat.example.org")
    response = await world.client().register()
    assert [morsel["secure"] for morsel in _cookies(response).values()] == [True, True]


async def test_cookies_are_secure_when_the_connection_is(world: World):
    browser = world.client()
    browser.http.base_url = "https://chat.test/api/v1"
    assert [morsel["secure"] for morsel in _cookies(await browser.register()).values()] == [True, True]


async def test_logout_clears_both_cookies_where_they_were_set(ann: Browser):
    jar = _cookies(await ann.http.post("/auth/logout"))
    cleared = {name: (morsel.value, morsel["path"], morsel["max-age"]) for name, morsel in jar.items()}
    assert cleared == {"chatbox_access": ("", "/", "0"), "chatbox_refresh": ("", "/api/v1/auth", "0")}


async def test_a_browser_is_signed_in_by_its_cookie_alone(ann: Browser):
    own = {"origin": "http://chat.test", "sec-fetch-site": "same-origin"}
    assert (await ann.http.get("/auth/me")).status_code == 200
    assert (await ann.http.patch("/auth/me", json={"name": "Ann"}, headers=own)).status_code == 200


@pytest.mark.parametrize("foreign", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/auth/register"), ("POST", "/auth/login"), ("POST", "/auth/refresh"), ("POST", "/auth/logout"),
     ("PATCH", "/auth/me"), ("POST", "/auth/password"), ("POST", "/auth/api-keys"), ("PATCH", "/admin/settings")],
)  # fmt: skip
async def test_another_sites_page_can_send_no_form_here(ann: Browser, foreign: dict[str, str], method: str, path: str):
    body = {"email": "ann@example.org", "password": PASSWORD}
    response = await ann.http.request(method, path, json=body, headers=foreign)
    assert (response.status_code, code_of(response)) == (403, "foreign_origin")
    assert "set-cookie" not in response.headers
    assert (await ann.http.post("/auth/refresh")).status_code == 200


async def test_a_form_that_is_not_json_is_refused(world: World, ann: Browser):
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        body = '{"email": "ann@example.org", "password": "' + PASSWORD + '"}'
        browser = world.client(content_type=content_type)
        assert (await browser.http.post("/auth/login", content=body)).status_code == 422
