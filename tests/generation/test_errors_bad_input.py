"""Whatever is thrown at a route, the answer is a refusal in the caller's language, never a crash."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.app import NOBODY, Person, problem_of

Route = tuple[str, str, dict[str, Any]]

_DEEP = "[" * 20_000 + "]" * 20_000
_BODIES = {
    "nothing": b"",
    "no json": b"{",
    "trailing": b"{} {}",
    "null": b"null",
    "a number": b"7",
    "a text": b'"text"',
    "a list": b"[]",
    "no utf-8": b"\xff\xfe\x00",
    "a utf-16 text": '{"message":"hi"}'.encode("utf-16"),
    "deep": _DEEP.encode(),
    "deep in a field": b'{"message":' + _DEEP.encode() + b"}",
    "unclosed and deep": b'{"a":' * 50_000,
    "a number without end": b'{"message":' + b"9" * 20_000 + b"}",
    "not a number": b'{"limit":NaN,"message":Infinity}',
    "a key with half a character": b'{"\\ud800":1}',
    "a key with a nul": b'{"\\u0000":1}',
    "the same key twice": b'{"message":1,"message":[2]}',
}
_VALUES: dict[str, Any] = {
    "null": None,
    "number": 7,
    "huge number": 10**400,
    "fraction": 1e308,
    "true": True,
    "list": [[]],
    "object": {"a": {"b": 1}},
    "empty": "",
    "spaces": "   ",
    "nul": "a\x00b",
    "half a character": "a\ud800b",
    "right to left": "\u202eabc",
    "long": "x" * 300_000,
    "list of nul": ["a\x00b"],
    "object of nul": {"a": "b\x00"},
    "half a list": ["\udfff"],
}
_QUERIES = ["\x00", "\ud800", "x" * 3000, "-1", "0", "9" * 30, "", "null", "%", "1e999", "../../etc/passwd"]
_PATH_IDS = ["nonsense", "%00", "..%2f..%2f", "%ff", "%F0%9F%A6%8A", "0", NOBODY + "0", "a" * 3000]


async def routes(person: Person) -> list[Route]:
    """Every route of the contract with its description, but the ones of a sign-in, which would be lost."""
    document = (await person.http.get(f"{person.place.url}/api/openapi.json")).json()
    return [
        (method.upper(), path, {**about, "schemas": document["components"]["schemas"]})
        for path, methods in document["paths"].items()
        for method, about in methods.items()
        if path.startswith("/api/v1") and "/auth/logout" not in path
    ]


def fields_of(about: dict[str, Any]) -> Iterator[str]:
    """The names in the object that a route takes."""
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for option in [body, *body.get("anyOf", [])]:
        name = option.get("$ref", "").rpartition("/")[2]
        yield from about["schemas"].get(name, {}).get("properties", {})


async def filled(person: Person, path: str, session_id: str, message_id: str) -> str:
    ids = {"session_id": session_id, "message_id": message_id}
    for name in ("provider_id", "api_key_id", "sign_in_id", "user_id"):
        ids[name] = NOBODY
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path.removeprefix("/api/v1")


async def refused(person: Person, method: str, address: str, body: bytes | None, kind: str) -> None:
    """Send; whatever the answer is, it is no crash, and when it is a refusal it is a problem document."""
    headers = {"content-type": "application/json"} if body is not None else {}
    async with person.http.stream(method, address, content=body, headers=headers) as response:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return
        await response.aread()
    assert response.status_code < 500, f"{method} {address} with {kind}: {response.status_code} {response.text}"
    if response.status_code >= 400:
        problem_of(response)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_no_body_crashes_a_route(admin: Person, language: str) -> None:
    admin.http.headers["accept-language"] = language
    session = await admin.session()
    sent = await admin.send(session["id"])

    for method, path, about in await routes(admin):
        if "requestBody" not in about:
            continue
        address = await filled(admin, path, session["id"], sent["answer"]["id"])
        for kind, body in _BODIES.items():
            await refused(admin, method, address, body, kind)


async def test_no_value_of_a_field_crashes_a_route(admin: Person) -> None:
    session = await admin.session()
    sent = await admin.send(session["id"])

    for method, path, about in await routes(admin):
        address = await filled(admin, path, session["id"], sent["answer"]["id"])
        for field in fields_of(about):
            for kind, value in _VALUES.items():
                body = json.dumps({**_GOOD.get(path, {}), field: value}).encode()
                await refused(admin, method, address, body, f"{field}: {kind}")


# What makes the rest of a body right, so that the wrong field comes as far as it can.
_GOOD: dict[str, dict[str, Any]] = {
    "/api/v1/auth/register": {"email": "x", "password": "long enough"},
    "/api/v1/auth/login": {"email": "nobody@example.org", "password": "long enough"},
    "/api/v1/auth/password": {"current_password": "not it at all", "new_password": "long enough"},
    "/api/v1/auth/api-keys": {"name": "k", "scopes": ["read"]},
    "/api/v1/sessions/{session_id}/messages": {"message": "hi", "model": "scripted/echo"},
    "/api/v1/providers": {"name": "p", "kind": "openai", "base_url": "ftp://nowhere.invalid"},
}


async def test_no_query_crashes_a_route(admin: Person) -> None:
    session = await admin.session()
    sent = await admin.send(session["id"])

    for method, path, about in await routes(admin):
        address = await filled(admin, path, session["id"], sent["answer"]["id"])
        for parameter in about.get("parameters", []):
            if parameter["in"] != "query":
                continue
            for value in _QUERIES:
                quoted = "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))
                await refused(admin, method, f"{address}?{parameter['name']}={quoted}", None, repr(value[:20]))


async def test_no_id_in_the_address_crashes_a_route(admin: Person) -> None:
    for method, path, _ in await routes(admin):
        head, brace, rest = path.removeprefix("/api/v1").partition("{")
        if brace:
            tail = rest.partition("}")[2].replace("{", "").replace("}", "")
            for value in _PATH_IDS:
                body = b"{}" if method in {"POST", "PATCH"} else None
                await refused(admin, method, f"{head}{value}{tail}", body, "a bad id")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_of_every_address_is_answered_properly(newcomer: Person, method: str) -> None:
    session = await newcomer.session()
    for _, path, _ in await routes(newcomer):
        if "/stream" not in path:
            address = await filled(newcomer, path, session["id"], NOBODY)
            await refused(newcomer, method, address, b"{}" if method != "GET" else None, "any method")


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        ("/sessions", "nonsense"),
        ("/sessions", "bm9uc2Vuc2U"),
        ("/sessions", "MjAyNi0wMS0wMVQwMDowMDowMCB4"),
        ("/sessions", "OTk5OS0wMS0wMVQwMDowMDowMCswMDowMCB4"),
        ("/sessions", "é"),
        ("/sessions/{session_id}/messages", "nonsense"),
        ("/sessions/{session_id}/messages?view=tree", "nonsense"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_cursor_that_is_none_is_refused(ann: Person, path: str, cursor: str, language: str) -> None:
    session = await ann.session()
    address = path.replace("{session_id}", session["id"])
    ann.http.headers["accept-language"] = language

    response = await ann.http.get(address, params={**_query_of(address), "cursor": cursor})

    assert problem_of(response) == (422, "bad_cursor")
    assert response.headers["content-language"] == language
    assert response.json()["detail"].isascii() == (language == "en")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_what_is_wrong_with_a_field_is_told_field_by_field(ann: Person, language: str) -> None:
    ann.http.headers["accept-language"] = language

    response = await ann.http.post("/sessions", json={"name": "", "settings": {"temperature": 9}, "colour": "red"})

    assert problem_of(response) == (422, "invalid_request")
    errors = {error["field"]: error for error in response.json()["errors"]}
    assert {field: error["code"] for field, error in errors.items()} == {
        "body.name": "string_too_short",
        "body.settings.temperature": "less_than_equal",
        "body.colour": "extra_forbidden",
    }
    assert all(error["detail"].isascii() == (language == "en") for error in errors.values())


async def test_a_body_past_the_limit_is_refused_before_it_is_read(ann: Person) -> None:
    async def endless() -> Any:
        for _ in range(6):
            yield b"x" * 2**20

    declared = await ann.http.post("/sessions", content=b"x" * (5 * 2**20))
    chunked = await ann.http.post("/sessions", content=endless())

    assert problem_of(declared) == (413, "body_too_large")
    assert problem_of(chunked) == (413, "body_too_large")


def _query_of(address: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)
