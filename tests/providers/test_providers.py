"""Providers over HTTP: added, tested, changed, shared, and their keys never seen again."""

from typing import Any

import pytest
from tests.support.app import NOBODY, Person, problem_of, text_of
from tests.support.upstreams.server import Upstream

from chatbox.providers.catalog import KINDS

KEY = "sk-live-0123456789abcdef"


async def add(person: Person, upstream: Upstream, **more: Any) -> dict[str, Any]:
    body = {"name": "Mine", "kind": "openai", "base_url": f"{upstream.url}/v1", "api_key": KEY, **more}
    response = await person.http.post("/providers", json=body)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def change(person: Person, provider: dict[str, Any], **patch: Any) -> dict[str, Any]:
    response = await person.http.patch(f"/providers/{provider['id']}", json=patch)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def keys_seen(person: Person, provider: dict[str, Any], upstream: Upstream) -> str | None:
    """The credentials that a test of the provider brings to the upstream."""
    before = len(upstream.requests)
    await person.http.post(f"/providers/{provider['id']}/test")
    assert len(upstream.requests) > before
    return upstream.requests[-1].headers.get("authorization")


async def remove(person: Person, provider: dict[str, Any]) -> None:
    await person.http.delete(f"/providers/{provider['id']}")


async def test_a_new_provider_brings_its_models_and_hides_its_key(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)

    assert upstream.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert (provider["has_key"], provider["key_hint"]) == (True, "…cdef")
    assert provider["models_count"] > 0
    assert provider["last_error"] is None
    assert (provider["is_mine"], provider["can_edit"], provider["shared"], provider["enabled"]) == (
        True,
        True,
        False,
        True,
    )
    listed = await admin.http.get("/providers")
    assert KEY not in listed.text
    assert provider in listed.json()["items"]
    await remove(admin, provider)


async def test_a_short_key_is_not_hinted_at(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream, api_key="short-key")

    assert provider["key_hint"] == "…"
    await remove(admin, provider)


async def test_a_provider_answers_with_its_key(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)
    session = await admin.session(f"{provider['id']}/plain", name="n")

    answer = await admin.ask(session["id"])

    assert text_of(answer) == "Hello, wörld 你好."
    assert upstream.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    await remove(admin, provider)


async def test_a_dead_provider_is_added_all_the_same_and_says_what_is_wrong(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream, base_url="http://127.0.0.1:9/v1", model_names=["typed"])

    assert provider["last_error"]["code"] == "model_unreachable"
    assert provider["models_count"] == 1
    models = (await admin.http.get("/models")).json()["items"]
    assert f"{provider['id']}/typed" in {model["id"] for model in models}
    await remove(admin, provider)


async def test_a_test_tells_how_many_models_there_are(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream, model_names=["plain", "typed"])

    told = (await admin.http.post(f"/providers/{provider['id']}/test")).json()

    assert (told["ok"], told["error"]) == (True, None)
    assert told["models_count"] == provider["models_count"]
    assert told["latency_ms"] >= 0
    await remove(admin, provider)


async def test_a_test_tells_what_is_wrong(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)
    upstream.pages["/v1/models"] = b"<html>not what you think</html>"

    told = (await admin.http.post(f"/providers/{provider['id']}/test")).json()

    assert told["ok"] is False
    assert told["error"]["code"].startswith("model_")
    shown = (await admin.http.get("/providers")).json()["items"]
    kept = next(one for one in shown if one["id"] == provider["id"])
    assert kept["last_error"] == told["error"]
    assert kept["models_count"] == provider["models_count"]
    await remove(admin, provider)


async def test_a_list_that_cannot_be_stored_harms_nobody(admin: Person, upstream: Upstream) -> None:
    upstream.pages["/v1/models"] = b'{"data":[{"id":"a\\u0000b"},{"id":"x","name":"\\u202e"},{"id":"good"}]}'

    provider = await add(admin, upstream)

    models = (await admin.http.get("/models")).json()["items"]
    assert f"{provider['id']}/good" in {model["id"] for model in models}
    await remove(admin, provider)


async def test_a_new_address_wipes_the_key(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)

    changed = await change(admin, provider, base_url=f"{upstream.url}/other")

    assert (changed["has_key"], changed["key_hint"]) == (False, None)
    assert KEY not in str(await keys_seen(admin, provider, upstream))
    await remove(admin, provider)


async def test_a_new_address_with_a_new_key_keeps_the_new_one(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)

    await change(admin, provider, base_url=f"{upstream.url}/other", api_key="sk-another-one")

    assert await keys_seen(admin, provider, upstream) == "Bearer sk-another-one"
    await remove(admin, provider)


@pytest.mark.parametrize("patch", [{"name": "Other"}, {"enabled": True}, {"model_names": ["x"]}, {"same": True}])
async def test_other_changes_keep_the_key(admin: Person, upstream: Upstream, patch: dict[str, Any]) -> None:
    provider = await add(admin, upstream)

    await change(admin, provider, **({"base_url": f"{upstream.url}/v1/"} if "same" in patch else patch))

    assert await keys_seen(admin, provider, upstream) == f"Bearer {KEY}"
    await remove(admin, provider)


async def test_an_empty_key_takes_the_key_away(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)

    changed = await change(admin, provider, api_key="")

    assert (changed["has_key"], changed["key_hint"]) == (False, None)
    await remove(admin, provider)


async def test_a_provider_that_is_turned_off_answers_nothing(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)
    session = await admin.session(f"{provider['id']}/plain", name="n")
    await admin.ask(session["id"])

    await change(admin, provider, enabled=False)

    response = await admin.http.post(f"/sessions/{session['id']}/messages", json={"message": "hi"})
    assert problem_of(response) == (404, "model_unknown")
    models = (await admin.http.get("/models")).json()["items"]
    assert not [model for model in models if model["provider_id"] == provider["id"]]
    await remove(admin, provider)


async def test_a_deleted_provider_is_gone_for_every_chat(admin: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream)
    session = await admin.session(f"{provider['id']}/plain", name="n")
    await admin.ask(session["id"])

    assert (await admin.http.delete(f"/providers/{provider['id']}")).status_code == 204

    response = await admin.http.post(f"/sessions/{session['id']}/messages", json={"message": "hi"})
    assert problem_of(response) == (404, "model_unknown")
    assert len(await admin.messages(session["id"])) == 2


async def test_everyone_may_use_what_an_admin_shares_and_sees_neither_key_nor_address(
    admin: Person, bob: Person, upstream: Upstream
) -> None:
    provider = await add(admin, upstream, shared=True)
    try:
        shown = next(one for one in (await bob.http.get("/providers")).json()["items"] if one["id"] == provider["id"])
        answer = await bob.ask((await bob.session(f"{provider['id']}/plain", name="n"))["id"])
        refused = [
            await bob.http.patch(f"/providers/{provider['id']}", json={"name": "Bob's"}),
            await bob.http.post(f"/providers/{provider['id']}/test"),
            await bob.http.delete(f"/providers/{provider['id']}"),
        ]
    finally:
        await remove(admin, provider)

    assert (shown["base_url"], shown["key_hint"], shown["last_error"]) == (None, None, None)
    assert (shown["can_edit"], shown["is_mine"], shown["has_key"]) == (False, False, True)
    assert text_of(answer) == "Hello, wörld 你好."
    assert [problem_of(response) for response in refused] == [(404, "provider_not_found")] * 3


async def test_what_is_shared_no_longer_is_gone_for_others(admin: Person, bob: Person, upstream: Upstream) -> None:
    provider = await add(admin, upstream, shared=True)
    session = await bob.session(f"{provider['id']}/plain", name="n")
    await bob.ask(session["id"])

    await change(admin, provider, shared=False)

    response = await bob.http.post(f"/sessions/{session['id']}/messages", json={"message": "hi"})
    assert problem_of(response) == (404, "model_unknown")
    await remove(admin, provider)


async def test_only_an_admin_may_share(bob: Person) -> None:
    body = {"name": "Mine", "kind": "openai", "base_url": "https://models.invalid/v1"}
    refused = await bob.http.post("/providers", json={**body, "shared": True})
    mine = (await bob.http.post("/providers", json=body)).json()
    changed = await bob.http.patch(f"/providers/{mine['id']}", json={"shared": True})

    assert problem_of(refused) == (403, "sharing_not_allowed")
    assert problem_of(changed) == (403, "sharing_not_allowed")
    await remove(bob, mine)


async def test_another_admin_may_change_what_is_shared(newcomer: Person, admin: Person, upstream: Upstream) -> None:
    await admin.http.patch(f"/admin/users/{newcomer.id}", json={"role": "admin"})
    shared = await add(admin, upstream, shared=True)
    own = await add(admin, upstream)

    changed = await newcomer.http.patch(f"/providers/{shared['id']}", json={"name": "Ours"})
    refused = await newcomer.http.patch(f"/providers/{own['id']}", json={"name": "Ours"})

    assert changed.json()["name"] == "Ours"
    assert problem_of(refused) == (404, "provider_not_found")
    for provider in (shared, own):
        await remove(admin, provider)


@pytest.mark.parametrize(
    "address", ["{upstream}", "http://localhost:1/v1", "http://169.254.169.254/latest", "http://[::ffff:127.0.0.1]:1"]
)
async def test_an_ordinary_person_s_provider_cannot_reach_private_networks(
    bob: Person, upstream: Upstream, address: str
) -> None:
    body = {"name": "Mine", "kind": "openai", "base_url": address.replace("{upstream}", upstream.url)}
    provider = (await bob.http.post("/providers", json=body)).json()

    answer = await bob.ask((await bob.session(f"{provider['id']}/plain", name="n"))["id"])

    assert provider["last_error"]["code"] == "address_refused"
    assert [part["code"] for part in answer["content_parts"]] == ["address_refused"]
    assert upstream.connections == 0
    await remove(bob, provider)


async def test_an_admin_s_provider_that_another_person_could_move_is_trusted_no_longer(
    newcomer: Person, admin: Person, upstream: Upstream
) -> None:
    await admin.http.patch(f"/admin/users/{newcomer.id}", json={"role": "admin"})
    provider = await add(newcomer, upstream)
    await admin.http.patch(f"/admin/users/{newcomer.id}", json={"role": "user"})

    changed = await change(newcomer, provider, base_url=f"{upstream.url}/elsewhere")

    assert changed["last_error"]["code"] == "address_refused"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"kind": "unknown"}, (422, "unknown_provider_kind")),
        ({"base_url": "ftp://host"}, (422, "bad_base_url")),
        ({"base_url": "not an address"}, (422, "bad_base_url")),
        ({"base_url": "http://user:secret@host"}, (422, "bad_base_url")),
        ({"base_url": "http://"}, (422, "bad_base_url")),
        ({"base_url": "javascript:alert(1)"}, (422, "bad_base_url")),
        ({"base_url": ""}, (422, "invalid_request")),
        ({"base_url": "http://" + "x" * 500}, (422, "invalid_request")),
        ({"name": " "}, (422, "invalid_request")),
        ({"name": "x" * 101}, (422, "invalid_request")),
        ({"api_key": "x" * 2001}, (422, "invalid_request")),
        ({"model_names": [""]}, (422, "invalid_request")),
        ({"model_names": ["x"] * 201}, (422, "invalid_request")),
        ({"owner_id": NOBODY}, (422, "invalid_request")),
        ({"is_trusted": True}, (422, "invalid_request")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_a_provider_is_refused(
    bob: Person, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    right = {"name": "Mine", "kind": "openai", "base_url": "https://models.invalid/v1"}

    assert problem_of(await bob.http.post("/providers", json=right | body)) == refusal


async def test_the_kinds_and_well_known_providers_are_told(ann: Person) -> None:
    told = (await ann.http.get("/providers/kinds")).json()

    assert {kind["kind"]: kind["default_base_url"] for kind in told["kinds"]} == {
        name: kind.default_base_url for name, kind in KINDS.items()
    }
    assert {kind["kind"] for kind in told["kinds"] if not kind["needs_key"]} == {"ollama"}
    assert {preset["kind"] for preset in told["presets"]} <= set(KINDS)


async def test_a_key_for_reading_alone_adds_no_provider(ann: Person) -> None:
    made = (await ann.http.post("/auth/api-keys", json={"name": "k", "scopes": ["read"]})).json()
    async with ann.place.browser(authorization=f"Bearer {made['key']}") as program:
        listed = await program.get("/providers")
        refused = await program.post("/providers", json={"name": "x", "kind": "openai"})

    assert listed.status_code == 200
    assert problem_of(refused) == (403, "scope_missing")
