"""The HTTP edge: how failures are told, which headers every answer carries, how large a body may be."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from chatbox.kernel.errors import AppError, NotSignedIn, StoreUnavailable, TooManyRequests
from chatbox.kernel.i18n import LANGUAGES, Texts
from chatbox.kernel.ids import new_id
from chatbox.kernel.web import BodyLimit, Principal, SafeHeaders, Services, identify, service, tell_errors

_LARGEST = 1000


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    numbers: list[int] = []


class Greeter:
    def greet(self) -> str:
        return "hello"


class Door:
    """Lets in whoever says who they are."""

    def __init__(self, language: str | None) -> None:
        self.language = language

    async def authenticate(self, connection: Any) -> Principal:
        if "authorization" not in connection.headers:
            raise NotSignedIn
        return Principal(new_id(), "a@b.c", "a", "user", self.language, new_id(), None, frozenset())


_EXCEPTIONS = {"/large": 10 * _LARGEST, "/folder/": 10 * _LARGEST, "/free": None}


def build(*, is_https: bool = False, language: str | None = None) -> FastAPI:
    app = FastAPI(openapi_url=None)
    tell_errors(app)
    app.state.texts = Texts.load()
    app.state.authenticator = Door(language)
    app.state.services = Services(Greeter())
    app.add_middleware(BodyLimit, largest=_LARGEST, exceptions=_EXCEPTIONS)
    app.add_middleware(SafeHeaders, is_https=is_https)
    for route, endpoint in _ROUTES.items():
        method, _, path = route.partition(" ")
        app.add_api_route(path, endpoint, methods=[method])
    return app


async def _take(body: Body) -> str:
    return body.text


async def _read(request: Request) -> int:
    return len(await request.body())


async def _item(item_id: UUID) -> UUID:
    return item_id


async def _fail(kind: str) -> None:
    raise _FAILURES[kind]


async def _greet(greeter: Annotated[Greeter, Depends(service(Greeter))]) -> str:
    return greeter.greet()


async def _refuse(_: Annotated[Principal, Depends(identify)]) -> None:
    raise StoreUnavailable


async def _careless() -> Response:
    return PlainTextResponse("x", headers={"X-Frame-Options": "SAMEORIGIN"})


_ROUTES: dict[str, Callable[..., Any]] = {
    "POST /take": _take,
    "POST /read": _read,
    "POST /large": _read,
    "POST /folder/below": _read,
    "POST /free": _read,
    "GET /items/{item_id}": _item,
    "GET /fail/{kind}": _fail,
    "GET /greet": _greet,
    "GET /refuse": _refuse,
    "GET /careless": _careless,
}
_FAILURES: dict[str, Exception] = {
    "waits": TooManyRequests(retry_after=12.4),
    "waits-a-moment": TooManyRequests(retry_after=0.1),
    "signed-out": NotSignedIn(),
    "crash": RuntimeError("the secret is in here"),
    "teapot": HTTPException(418, "short and stout"),
}


def visit(app: FastAPI, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=named)


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with visit(build()) as client:
        yield client


async def test_a_failure_is_a_problem_document(http: httpx2.AsyncClient) -> None:
    response = await http.get("/fail/signed-out")

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["content-language"] == "en"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {
        "type": "urn:chatbox:error:not_signed_in",
        "title": "Not signed in",
        "status": 401,
        "detail": "Please sign in first.",
        "code": "not_signed_in",
    }


@pytest.mark.parametrize(("kind", "seconds"), [("waits", "12"), ("waits-a-moment", "1")])
async def test_who_must_wait_is_told_for_how_long(http: httpx2.AsyncClient, kind: str, seconds: str) -> None:
    assert (await http.get(f"/fail/{kind}")).headers["retry-after"] == seconds


async def test_a_crash_is_told_without_what_caused_it_and_logged_with_it(
    http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await http.get("/fail/crash")

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    assert [record.message for record in caplog.records] == ["request crashed"]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/take", 405, "method_not_allowed"),
        ("GET", "/fail/teapot", 422, "invalid_request"),
        ("GET", "/items/none", 422, "invalid_request"),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_document_too(
    http: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await http.request(method, path)

    assert response.headers["content-type"] == "application/problem+json"
    assert (response.json()["status"], response.json()["code"]) == (response.status_code, code)
    assert response.status_code == status


async def test_every_wrong_field_is_named_with_a_stable_code(http: httpx2.AsyncClient) -> None:
    response = await http.post("/take", json={"numbers": [1, "x"], "other": 1})

    assert response.json()["errors"] == [
        {"field": "body.text", "code": "missing", "detail": "This field is required."},
        {"field": "body.numbers.1", "code": "int_parsing", "detail": "A whole number is needed."},
        {"field": "body.other", "code": "extra_forbidden", "detail": "There is no field of this name."},
    ]


async def test_what_was_sent_is_not_sent_back(http: httpx2.AsyncClient) -> None:
    response = await http.post("/take", json={"text": ["my password"]})

    assert response.status_code == 422
    assert "password" not in response.text


async def test_only_so_many_faults_are_told(http: httpx2.AsyncClient) -> None:
    response = await http.post("/take", json={"text": "x", "numbers": ["x"] * 50})

    assert len(response.json()["errors"]) == 20


async def test_a_fault_without_a_text_of_its_own_has_one_anyway(http: httpx2.AsyncClient) -> None:
    response = await http.post("/take", json={"text": "x", "numbers": "x" * 2})

    for error in response.json()["errors"]:
        assert not error["detail"].startswith("validation.")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_failure_is_told_in_the_language_that_the_browser_asks_for(language: str) -> None:
    async with visit(build(), accept_language=language) as http:
        responses = [await http.get("/nowhere"), await http.post("/take", json={}), await http.get("/fail/crash")]

    for response in responses:
        assert response.headers["content-language"] == language
        assert response.json()["detail"].isascii() == (language == "en")
        assert response.json()["title"].isascii() == (language == "en")


async def test_the_account_s_language_goes_before_the_browser_s() -> None:
    async with visit(build(language="zh-CN"), accept_language="en", authorization="x") as http:
        response = await http.get("/refuse")

    assert response.headers["content-language"] == "zh-CN"


async def test_a_route_finds_the_built_instance_of_a_service(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/greet")).json() == "hello"


@pytest.mark.parametrize("path", ["/greet", "/nowhere", "/fail/crash", "/items/none"])
async def test_every_answer_keeps_browsers_careful(http: httpx2.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "strict-transport-security" not in headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


async def test_behind_tls_browsers_are_told_to_stay_there() -> None:
    async with visit(build(is_https=True)) as http:
        assert (await http.get("/greet")).headers["strict-transport-security"] == "max-age=31536000"


async def test_a_route_may_say_a_header_otherwise(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/careless")).headers.get_list("x-frame-options") == ["SAMEORIGIN"]


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/read", _LARGEST, 200),
        ("/read", _LARGEST + 1, 413),
        ("/large", _LARGEST + 1, 200),
        ("/large", 20_000, 413),
        ("/folder/below", _LARGEST + 1, 200),
        ("/folder/below", 20_000, 413),
        ("/free", 20_000, 200),
    ],
)
@pytest.mark.parametrize("declares", [True, False])
async def test_a_body_may_be_as_large_as_its_path_allows(
    http: httpx2.AsyncClient, path: str, size: int, status: int, declares: bool
) -> None:
    response = await http.post(path, content=b"x" * size if declares else _in_pieces(size))

    assert response.status_code == status
    if status == 413:
        assert response.json()["code"] == "body_too_large"


async def test_a_json_body_that_grows_too_large_is_refused_as_that(http: httpx2.AsyncClient) -> None:
    response = await http.post("/take", content=_in_pieces(_LARGEST + 1), headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_declared_length_that_is_no_number_is_not_believed(http: httpx2.AsyncClient) -> None:
    response = await http.post("/read", content=b"x" * (_LARGEST + 1), headers={"content-length": "-5"})

    assert response.status_code == 413


async def test_a_problem_says_what_its_text_is_filled_with() -> None:
    class Full(AppError):
        code = "too_many_sessions"
        status = 409

    app = build()

    async def full() -> None:
        raise Full(limit=7)

    app.add_api_route("/full", full)
    async with visit(app) as http:
        told = (await http.get("/full")).json()

    assert told["params"] == {"limit": 7}
    assert "7" in told["detail"]
    assert "{" not in json.dumps(told["detail"])


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size):
        yield b"x"
