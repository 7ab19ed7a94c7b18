"""Who is let in, by which credential, from which page."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from uuid import UUID, uuid4

import jwt
import pytest
from tests.accounts.world import ACCESS_LIFE, HOST, KEY, Browser, HandClock, Losses, World

from chatbox.accounts.limits import Limits
from chatbox.accounts.tokens import Tokens
from chatbox.kernel.errors import ForeignOrigin, NotSignedIn

STREAM = "/api/v1/sessions/x/stream"
OWN = f"http://{HOST}"


@pytest.fixture
async def token(world: World) -> str:
    response = await world.client().register()
    access_token: str = response.json()["access_token"]
    return access_token


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _cookie(token: str, **headers: str) -> dict[str, str]:
    return {"cookie": f"chatbox_access={token}"} | {name.replace("_", "-"): value for name, value in headers.items()}


async def test_a_sign_in_has_every_scope_and_no_key(world: World, token: str):
    who = await world.who_knocks(_bearer(token))
    assert (who.email, who.role) == ("ann@example.org", "admin")
    assert sorted(who.scopes) == ["admin", "chat", "read", "write"]
    assert who.sign_in_id is not None
    assert who.api_key_id is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer"}, {"authorization": "Bearer "},
     {"x-api-key": " "}, {"cookie": "chatbox_access="}],
)  # fmt: skip
async def test_without_a_credential_nobody_is_let_in(world: World, headers: dict[str, str]):
    with pytest.raises(NotSignedIn):
        await world.who_knocks(headers)


async def test_a_refusal_says_how_to_come_in(world: World):
    response = await world.client().http.get("/probe")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_basic_login_of_a_proxy_does_not_hide_the_cookie(world: World, token: str):
    assert await world.lets_in(_cookie(token, authorization="Basic YTpi"))


async def test_a_wrong_token_is_not_replaced_by_a_right_cookie(world: World, token: str):
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer("wrong") | _cookie(token))


async def test_a_token_ends_with_its_life(world: World, token: str):
    world.clock.advance(minutes=14, seconds=59)
    assert await world.lets_in(_bearer(token))
    world.clock.advance(seconds=1)
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(token))


async def test_the_query_carries_a_token_on_streams_only(world: World, token: str):
    query = f"message=hi&token={token}".encode()
    assert await world.lets_in({}, path=STREAM, query_string=query)
    assert await world.lets_in({}, type="websocket", path="/ws/sessions/x/stream", query_string=query)
    with pytest.raises(NotSignedIn):
        await world.who_knocks({}, path="/api/v1/sessions", query_string=query)


@pytest.mark.parametrize("offer", ["bearer, {}", "bearer,{}"])
async def test_a_socket_carries_its_token_as_a_subprotocol(world: World, token: str, offer: str):
    headers = {"sec-websocket-protocol": offer.format(token)}
    assert await world.lets_in(headers, type="websocket", path="/ws/sessions/x/stream")


@pytest.mark.parametrize("offer", ["{}", "bearer", "chat, {}", "bearer, x, {}"])
async def test_other_subprotocols_are_no_token(world: World, token: str, offer: str):
    headers = {"sec-websocket-protocol": offer.format(token)}
    with pytest.raises(NotSignedIn):
        await world.who_knocks(headers, type="websocket", path="/ws/sessions/x/stream")


async def test_a_subprotocol_counts_on_sockets_only(world: World, token: str):
    with pytest.raises(NotSignedIn):
        await world.who_knocks({"sec-websocket-protocol": f"bearer, {token}"})


async def test_a_foreign_page_may_open_a_socket_with_a_token_it_was_given(world: World, token: str):
    headers = {"origin": "https://other.example", "sec-websocket-protocol": f"bearer, {token}"}
    assert await world.lets_in(headers, type="websocket", path="/ws/sessions/x/stream")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": ""}, {"origin": f"http://{HOST}:8081"},
     {"origin": f"http://{HOST}.evil.example"}, {"origin": f"http://evil.example/{HOST}"},
     {"origin": f"http://{HOST}@evil.example"}, {"origin": f"ftp://{HOST}"}, {"origin": f"http://{HOST}:x"},
     {"origin": "http://[", "host": "["}, {"origin": "http://", "host": ""},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"origin": OWN, "sec-fetch-site": "cross-site"}],
)  # fmt: skip
async def test_a_cookie_from_a_foreign_page_changes_nothing_and_opens_no_stream(
    world: World, token: str, headers: dict[str, str]
):
    for scope in ({"method": "POST"}, {"method": "DELETE"}, {"path": STREAM}, {"type": "websocket", "path": STREAM}):
        with pytest.raises(ForeignOrigin):
            await world.who_knocks(_cookie(token) | headers, **scope)


@pytest.mark.parametrize(
    "headers",
    [{"origin": OWN}, {"origin": OWN.upper()}, {"origin": f"http://{HOST}:80"}, {"sec-fetch-site": "same-origin"},
     {"origin": "http://localhost:5173", "sec-fetch-site": "same-origin"},
     {"origin": f"https://{HOST}"}, {"origin": "http://[::1]:8080", "host": "[::1]:8080"}],
)  # fmt: skip
async def test_a_cookie_from_a_page_of_ours_counts_everywhere(world: World, token: str, headers: dict[str, str]):
    for scope in ({"method": "POST"}, {"method": "GET"}, {"path": STREAM}, {"type": "websocket", "path": STREAM}):
        assert await world.lets_in(_cookie(token) | headers, **scope)


async def test_a_cookie_opens_a_socket_only_when_the_page_is_known(world: World, token: str):
    with pytest.raises(ForeignOrigin):
        await world.who_knocks(_cookie(token), type="websocket", path=STREAM)


async def test_a_program_with_a_cookie_and_no_origin_may_change_things(world: World, token: str):
    assert await world.lets_in(_cookie(token), method="POST")


async def test_a_link_from_elsewhere_may_be_read_with_the_cookie(world: World, token: str):
    assert await world.lets_in(_cookie(token, sec_fetch_site="cross-site"), path="/api/v1/files/x/content")


async def test_behind_a_proxy_the_public_address_is_our_own(db, passwords):
    world = World(db, HandClock(), passwords, Losses(), Limits(), public_url="https://Chat.example.org/")
    token = (await world.client().register()).json()["access_token"]
    own = _cookie(token, origin="https://chat.example.org", host="10.0.0.5:8080")
    assert await world.lets_in(own, method="POST")
    for origin in ("http://chat.example.org", "https://chat.example.org:8443", "https://example.org"):
        with pytest.raises(ForeignOrigin):
            await world.who_knocks(own | {"origin": origin}, method="POST")


async def test_still_allowed_drops_whoever_lost_access(world: World, ann: Browser, bob: Browser):
    made = (await ann.http.post("/auth/api-keys", json={"name": "ci", "scopes": ["read"]})).json()
    gone = (await ann.http.post("/auth/api-keys", json={"name": "gone", "scopes": ["read"]})).json()
    signed_out = (await world.client().login()).json()
    kept = await world.who_knocks({"x-api-key": made["key"]})
    people = {
        kept,
        await world.who_knocks({"x-api-key": gone["key"]}),
        await world.who_knocks(_bearer(signed_out["access_token"])),
        await world.who_knocks(_cookie(bob.http.cookies["chatbox_access"])),
        anns := await world.who_knocks(_cookie(ann.http.cookies["chatbox_access"])),
    }
    assert await world.authentication.still_allowed(people) == people
    await ann.http.delete(f"/auth/api-keys/{gone['id']}")
    await world.client().bear(signed_out["access_token"]).http.post("/auth/logout")
    bob_id = (await bob.http.get("/auth/me")).json()["id"]
    await ann.http.patch(f"/admin/users/{bob_id}", json={"status": "suspended"})
    assert await world.authentication.still_allowed(people) == {kept, anns}
    assert await world.authentication.still_allowed([]) == set()


def _unsigned(claims: dict[str, object], algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "JWT"}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, ""])


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS256"])
async def test_an_unsigned_token_lets_nobody_in(world: World, token: str, algorithm: str):
    claims = jwt.decode(token, options={"verify_signature": False})
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(_unsigned(claims, algorithm)))


@pytest.mark.parametrize(("key", "algorithm"), [(b"x" * 32, "HS256"), (KEY * 2, "HS384"), (KEY * 2, "HS512")])
async def test_a_token_signed_with_another_key_or_algorithm_lets_nobody_in(
    world: World, token: str, key: bytes, algorithm: str
):
    claims = jwt.decode(token, options={"verify_signature": False})
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(jwt.encode(claims, key, algorithm=algorithm)))


async def test_the_right_key_with_another_algorithm_lets_nobody_in(world: World, token: str):
    claims = jwt.decode(token, options={"verify_signature": False})
    tokens = Tokens(KEY * 2, ACCESS_LIFE, world.clock)
    with pytest.raises(NotSignedIn):
        tokens.read(jwt.encode(claims, KEY * 2, algorithm="HS512"))


@pytest.mark.parametrize("claim", ["sub", "sid", "iat", "exp", "jti"])
async def test_a_token_without_one_of_its_claims_lets_nobody_in(world: World, token: str, claim: str):
    claims = jwt.decode(token, options={"verify_signature": False})
    del claims[claim]
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(jwt.encode(claims, KEY, algorithm="HS256")))


@pytest.mark.parametrize(
    "change", [{"sid": "x"}, {"sid": 5}, {"sid": None}, {"sub": "x"}, {"exp": "never"}, {"exp": None}, {"exp": []}]
)
async def test_a_token_with_odd_claims_lets_nobody_in(world: World, token: str, change: dict[str, object]):
    claims = jwt.decode(token, options={"verify_signature": False}) | change
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(jwt.encode(claims, KEY, algorithm="HS256")))


@pytest.mark.parametrize("token", ["x", "..", "é", "x" * 100_000, "eyJhbGciOiJIUzI1NiJ9..", "\x00"])
async def test_what_is_no_token_lets_nobody_in(world: World, token: str):
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(token))


async def test_a_token_of_one_persons_sign_in_for_another_person_lets_nobody_in(world: World, token: str):
    sign_in_id = (await world.who_knocks(_bearer(token))).sign_in_id
    assert sign_in_id
    other = (await world.client().register("bob@example.org")).json()["user"]["id"]
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(world.tokens.issue(UUID(other), sign_in_id)))


async def test_a_token_of_a_sign_in_that_never_was_lets_nobody_in(world: World, token: str):
    user_id = (await world.who_knocks(_bearer(token))).id
    with pytest.raises(NotSignedIn):
        await world.who_knocks(_bearer(world.tokens.issue(user_id, uuid4())))


@pytest.mark.parametrize("key", [b"", b"secret", b"k" * 31])
def test_a_short_signing_key_is_refused(key: bytes):
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Tokens(key, timedelta(minutes=1), HandClock())


async def test_every_token_is_different(world: World, token: str):
    user_id, sign_in_id = uuid4(), uuid4()
    assert world.tokens.issue(user_id, sign_in_id) != world.tokens.issue(user_id, sign_in_id)
