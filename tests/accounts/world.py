"""A small server with nothing but accounts in it, for the tests of this folder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI, Request
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from chatbox.accounts.administration import Administration
from chatbox.accounts.api_keys import ApiKeys
from chatbox.accounts.authentication import Authentication
from chatbox.accounts.file_limits import FileLimits
from chatbox.accounts.limits import Attempts, Limits
from chatbox.accounts.passwords import Passwords
from chatbox.accounts.routes import router
from chatbox.accounts.service import Accounts
from chatbox.accounts.sign_ins import SignIns
from chatbox.accounts.site import Site
from chatbox.accounts.tokens import Tokens
from chatbox.kernel.db import Database
from chatbox.kernel.i18n import Texts
from chatbox.kernel.web import Admin, Chatter, Me, Principal, Services, identify, tell_errors

KEY = b"k" * 32
NOBODY = UUID("01939c00-0000-7000-8000-000000000000")  # an id that is nobody's
HOST = "chat.test"
PASSWORD = "correct horse battery"
ACCESS_LIFE = timedelta(minutes=15)
UNUSED_LIFE = timedelta(days=30)


class HandClock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class CountingPasswords(Passwords):
    """The real hashing, cheap, that remembers how often it was asked to check, and lets things happen meanwhile."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, passes=1)
        self.checked_for: list[str | None] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def verify(self, password: str, stored: str | None) -> bool:
        self.checked_for.append(stored)
        is_right = await super().verify(password, stored)
        await self._let_happen()
        return is_right

    async def hash(self, password: str) -> str:
        hashed = await super().hash(password)
        await self._let_happen()
        return hashed

    async def _let_happen(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


@dataclass
class Losses:
    """Everything that lost access, in order."""

    all: list[tuple[UUID, UUID | None, UUID | None]] = field(default_factory=list)

    async def __call__(self, user_id: UUID, sign_in_id: UUID | None, api_key_id: UUID | None) -> None:
        self.all.append((user_id, sign_in_id, api_key_id))


@dataclass
class World:
    db: Database
    clock: HandClock
    passwords: CountingPasswords
    lost: Losses
    limits: Limits
    public_url: str | None = None

    def __post_init__(self) -> None:
        self.site = Site(self.public_url)
        self.tokens = Tokens(KEY, ACCESS_LIFE, self.clock)
        self.attempts = Attempts(self.db, self.clock, self.limits)
        self.sign_ins = SignIns(self.db, self.tokens, self.attempts, self.clock, UNUSED_LIFE, self.lost)
        self.accounts = Accounts(self.db, self.passwords, self.sign_ins, self.attempts, self.clock)
        self.api_keys = ApiKeys(self.db, self.clock, self.lost)
        self.administration = Administration(self.db, self.clock, self.lost, FileLimits(10, 1000))
        self.authentication = Authentication(self.db, self.tokens, self.site, self.clock)
        self.app = self._app()

    def client(self, address: str = "192.0.2.1", **headers: str) -> "Browser":
        transport = httpx2.ASGITransport(app=self.app, client=(address, 50000))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Browser(httpx2.AsyncClient(transport=transport, base_url=f"http://{HOST}/api/v1", headers=named))

    async def who_knocks(self, credentials: dict[str, str], **scope: Any) -> Principal:
        """Authenticate a connection made of headers alone."""
        return await self.authentication.authenticate(knock(credentials, **scope))

    async def lets_in(self, credentials: dict[str, str], **scope: Any) -> bool:
        """Whether such a connection is taken for the first account's."""
        return (await self.who_knocks(credentials, **scope)).email == "ann@example.org"

    def _app(self) -> FastAPI:
        app = FastAPI(routes=_routes())
        tell_errors(app)
        app.state.texts = Texts({"en": {}, "zh-CN": {}})
        app.state.authenticator = self.authentication
        app.state.services = Services(self.accounts, self.sign_ins, self.api_keys, self.administration, self.site)
        return app


@cache
def _routes() -> list[BaseRoute]:
    """The routes of all worlds: making them takes longer than most tests, and they find their world in the request."""
    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/api/v1")
    _add_probes(app)
    return app.routes


def _add_probes(app: FastAPI) -> None:
    """Stand-ins for the routes of other slices: one for each way of asking who calls."""

    async def anybody(request: Request) -> str:
        return str((await identify(request)).id)

    async def reader(me: Me) -> str:
        return str(me.id)

    async def chatter(me: Chatter) -> str:
        return str(me.id)

    async def admin(me: Admin) -> str:
        return str(me.id)

    app.add_api_route("/api/v1/probe", reader, methods=["GET", "POST"])
    app.add_api_route("/api/v1/probe/chat", chatter, methods=["POST"])
    app.add_api_route("/api/v1/probe/admin", admin, methods=["GET"])
    app.add_api_route("/api/v1/probe/stream", anybody, methods=["GET"])


class Browser:
    """A client that keeps cookies, and knows how people get in."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def register(self, email: str = "ann@example.org", password: str = PASSWORD, **more: str) -> httpx2.Response:
        return await self.http.post("/auth/register", json={"email": email, "password": password, **more})

    async def login(self, email: str = "ann@example.org", password: str = PASSWORD) -> httpx2.Response:
        return await self.http.post("/auth/login", json={"email": email, "password": password})

    async def refresh(self, token: str) -> httpx2.Response:
        return await self.http.post("/auth/refresh", json={"refresh_token": token})

    def bear(self, token: str) -> "Browser":
        """From now on speak with this token alone, as a program does."""
        self.http.cookies.clear()
        self.http.headers["authorization"] = f"Bearer {token}"
        return self


def knock(headers: dict[str, str], **scope: Any) -> HTTPConnection:
    """A connection with these headers; a GET of the probe unless `scope` says otherwise."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in {"host": HOST, **headers}.items()]
    base = {"type": "http", "method": "GET", "path": "/api/v1/probe", "query_string": b"", "headers": raw}
    return HTTPConnection(base | scope)


def code_of(response: httpx2.Response) -> str:
    """The stable code of a problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    code: str = response.json()["code"]
    return code
