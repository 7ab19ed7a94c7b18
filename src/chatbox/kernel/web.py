"""The HTTP edge that every route shares: who is calling, in which language, and how a failure is told (RFC 9457)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbox.kernel.errors import (
    AppError,
    BodyTooLarge,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ScopeMissing,
)
from chatbox.kernel.i18n import Texts, negotiate
from chatbox.kernel.log import EventLog

Kind = TypeVar("Kind")

LARGEST_JSON_BODY = 4 * 1024 * 1024
_MOST_ERRORS_TOLD = 20

_log = EventLog("chatbox.web")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. Exactly one of `sign_in_id` and `api_key_id` is set; a sign-in has every scope."""

    id: UUID
    email: str
    name: str
    role: Literal["admin", "user"]
    language: str | None
    sign_in_id: UUID | None
    api_key_id: UUID | None
    scopes: frozenset[str]


class Authenticator(Protocol):
    """Finds out who is behind a connection."""

    async def authenticate(self, connection: HTTPConnection) -> Principal:
        """Raises `NotSignedIn` (no or bad credentials) or `ForeignOrigin` (a cookie sent from another site's page)."""
        ...


class Services(Mapping[type, object]):
    """The built instances, by their type."""

    def __init__(self, *instances: object) -> None:
        self._by_type = {type(instance): instance for instance in instances}

    def __getitem__(self, kind: type) -> object:
        return self._by_type[kind]

    def __iter__(self) -> Iterator[type]:
        return iter(self._by_type)

    def __len__(self) -> int:
        return len(self._by_type)


def service(kind: type[Kind]) -> Callable[[Request], Kind]:
    """A dependency that finds the built instance of `kind`."""

    def find(request: Request) -> Kind:
        found = request.app.state.services[kind]
        assert isinstance(found, kind)
        return found

    return find


async def current_principal(request: Request) -> Principal:
    """Any caller with the scope that the method needs: `read` to look, `write` to change."""
    principal = await identify(request)
    needed = "read" if request.method in {"GET", "HEAD"} else "write"
    if needed not in principal.scopes:
        raise ScopeMissing(scope=needed)
    return principal


async def current_person(request: Request) -> Principal:
    """A person who signed in; an API key may not manage its owner's access."""
    principal = await identify(request)
    if principal.sign_in_id is None:
        raise NotAllowed
    return principal


async def current_admin(request: Request) -> Principal:
    principal = await identify(request)
    if principal.role != "admin" or "admin" not in principal.scopes:
        raise NotAllowed
    return principal


async def current_chatter(request: Request) -> Principal:
    """A caller who may ask models."""
    principal = await identify(request)
    if not principal.scopes & {"chat", "write"}:
        raise ScopeMissing(scope="chat")
    return principal


async def identify(request: Request) -> Principal:
    """Who is calling, whatever the scopes; remembers the person's language for error texts."""
    authenticator: Authenticator = request.app.state.authenticator
    principal = await authenticator.authenticate(request)
    if principal.language:
        request.state.language = principal.language
    return principal


Me = Annotated[Principal, Depends(current_principal)]
Person = Annotated[Principal, Depends(current_person)]
Admin = Annotated[Principal, Depends(current_admin)]
Chatter = Annotated[Principal, Depends(current_chatter)]


def language_of(connection: HTTPConnection) -> str:
    """The language to answer in: the account's own, else the best of `Accept-Language`."""
    chosen: str | None = getattr(connection.state, "language", None)
    return chosen or negotiate(connection.headers.get("accept-language"))


def problem(request: HTTPConnection, error: AppError, errors: list[dict[str, object]] | None = None) -> JSONResponse:
    """A failure as `application/problem+json` in the caller's language."""
    texts: Texts = request.app.state.texts
    language = language_of(request)
    body: dict[str, object] = {
        "type": f"urn:chatbox:error:{error.code}",
        "title": texts.say(f"titles.{error.status}", language),
        "status": error.status,
        "detail": texts.say(f"errors.{error.code}", language, error.params),
        "code": error.code,
    }
    if error.params:
        body["params"] = error.params
    if errors is not None:
        body["errors"] = errors
    headers = {"content-language": language}
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, round(error.retry_after)))
    if error.status == NotSignedIn.status:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, status_code=error.status, media_type="application/problem+json", headers=headers)


def field_error(texts: Texts, language: str, error: ErrorDetails) -> dict[str, object]:
    """One fault that validation found: the `field` with dots, its stable `code`, and a `detail` in `language`."""
    context = {name: str(value) for name, value in (error.get("ctx") or {}).items()}
    key = f"validation.{error['type']}"
    text = texts.say(key, language, context)
    return {
        "field": ".".join(str(step) for step in error["loc"]),
        "code": error["type"],
        "detail": text if text != key else texts.say("validation.other", language),
    }


async def _tell_app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)
    return problem(request, error)


async def _tell_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    texts: Texts = request.app.state.texts
    language = language_of(request)
    told = [field_error(texts, language, item) for item in error.errors()[:_MOST_ERRORS_TOLD]]
    return problem(request, InvalidRequest(), told)


_BY_STATUS: Mapping[int, type[AppError]] = {404: NotFound, 413: BodyTooLarge}


class MethodNotAllowed(AppError):
    code = "method_not_allowed"
    status = 405


async def _tell_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, AppError):
        return problem(request, error.__cause__)  # raised while FastAPI read the body, which wraps it
    if error.status_code == MethodNotAllowed.status:
        return problem(request, MethodNotAllowed())
    return problem(request, _BY_STATUS.get(error.status_code, InvalidRequest)())


async def _tell_crash(request: Request, error: Exception) -> JSONResponse:
    _log.error("request crashed", method=request.method, path=request.url.path, exc_info=error)
    response = problem(request, AppError())
    response.headers.update(_SAFE_HEADERS)  # the framework answers a crash outside of every middleware
    return response


def tell_errors(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""
    app.add_exception_handler(AppError, _tell_app_error)
    app.add_exception_handler(RequestValidationError, _tell_validation_error)
    app.add_exception_handler(HTTPException, _tell_http_error)
    app.add_exception_handler(Exception, _tell_crash)


def _content_policy(files_origin: str = "") -> str:
    """What our page may load; of `files_origin` (where an S3 gives files out) pictures and data too."""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob: {files_origin}; font-src 'self' data:; "
        f"connect-src 'self' ws: wss: {files_origin}; frame-src 'self' blob:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ).replace(" ;", ";")


_SAFE_HEADERS = {
    "content-security-policy": _content_policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
}


class SafeHeaders:
    """Adds the headers that keep a browser careful, to every HTTP answer."""

    def __init__(self, app: ASGIApp, *, is_https: bool, files_origin: str = "") -> None:
        self._app = app
        pairs = _SAFE_HEADERS | {"content-security-policy": _content_policy(files_origin)}
        if is_https:
            pairs["strict-transport-security"] = "max-age=31536000"
        self._headers = [(name.encode(), value.encode()) for name, value in pairs.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses request bodies over `largest` bytes, by their declared length or while they come in; `exceptions` gives
    other limits to single paths, and to all below a path that ends with `/`. None: the route itself counts."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST_JSON_BODY, exceptions: Mapping[str, int | None]) -> None:
        self._app = app
        self._largest = largest
        self._exceptions = exceptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._limit_of(scope["path"])
        if largest is None:
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > largest:
            response = problem(Request(scope), _refusal(largest))
            await response(scope, receive, send)
            return
        meter = _BodyMeter(receive, largest)
        await self._app(scope, meter.receive, send)

    def _limit_of(self, path: str) -> int | None:
        folder = path[: path.rfind("/") + 1]
        return self._exceptions.get(path, self._exceptions.get(folder, self._largest))


def _refusal(largest: int) -> BodyTooLarge:
    return BodyTooLarge(megabytes=largest // 2**20)


class _BodyMeter:
    """Counts what a request sends, because a chunked body declares no length."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = largest
        self._left = largest

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _refusal(self._largest)
        return message
