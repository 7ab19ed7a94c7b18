"""The real server inside the test's process, and people who use it over real sockets, as programs outside would."""

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import uvicorn
import websockets
from fastapi import FastAPI
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect

from chatbox.app import build_app
from chatbox.serving import server_config
from chatbox.settings import Settings

DEADLINE_SECONDS = 20.0
_START_SECONDS = 60.0
PASSWORD = "correct horse battery"
NOBODY = "01939c00-0000-7000-8000-000000000000"  # an id that is nobody's
ECHO = "scripted/echo"
HANG = "scripted/hang"

Kind = TypeVar("Kind")
Event = dict[str, Any]


def app_settings(data_dir: Path, database_url: str | None, **more: Any) -> Settings:
    """Settings for a test: a free port, the scripted model, and without `database_url` a PostgreSQL of its own.

    A database from outside comes with `PostgresBus`, the embedded one with `MemoryBus`.
    """
    wanted: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": SecretStr(database_url) if database_url else None,
        "port": 0,
        "scripted_model": True,
        "shutdown_seconds": 0,
        # Reading the text in a picture takes a core for seconds; tests that are about it turn it on.
        "ocr": "off",
        **more,
    }
    return Settings(_env_file=None, **wanted)


class _Server(uvicorn.Server):
    """One that says when it serves, and leaves the signals to the test runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serves.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with nullcontext():
            yield


@dataclass
class Place:
    """Where a server is, and how to become somebody there."""

    url: str = ""

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def browser(self, **headers: str) -> httpx2.AsyncClient:
        """A client that is nobody yet, from an address of its own."""
        address = ".".join(["10", *(str(byte) for byte in secrets.token_bytes(3))])
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        # Reading the machine's certificates takes longer than most tests, and nothing here is encrypted.
        return httpx2.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"x-forwarded-for": address, **named},
            timeout=DEADLINE_SECONDS,
            verify=False,
        )

    @asynccontextmanager
    async def person(self, email: str | None = None, **headers: str) -> AsyncIterator["Person"]:
        """Somebody new, signed in. Whoever is first on a server is its admin."""
        async with self.browser(**headers) as http:
            body = {"email": email or f"{secrets.token_hex(6)}@example.org", "password": PASSWORD}
            yield Person(self, http, (await _ok(http.post("/auth/register", json=body))).json())

    @asynccontextmanager
    async def again(self, person: "Person", **headers: str) -> AsyncIterator["Person"]:
        """The same person on another device: a second sign-in."""
        async with self.browser(**headers) as http:
            body = {"email": person.email, "password": PASSWORD}
            yield Person(self, http, (await _ok(http.post("/auth/login", json=body))).json())


class Person:
    """A signed-in client. `http` speaks to `/api/v1` with the access token and without cookies."""

    def __init__(self, place: Place, http: httpx2.AsyncClient, signed_in: dict[str, Any]) -> None:
        self.place = place
        self.http = http
        self.id: str = signed_in["user"]["id"]
        self.email: str = signed_in["user"]["email"]
        self.token: str = signed_in["access_token"]
        self.refresh_token: str = signed_in["refresh_token"]
        http.cookies.clear()
        http.headers["authorization"] = f"Bearer {self.token}"

    async def session(self, model: str | None = ECHO, **fields: Any) -> dict[str, Any]:
        """A new chat session."""
        return dict((await _ok(self.http.post("/sessions", json={"model": model, **fields}))).json())

    async def send(self, session_id: str, message: str = "Hello there", **fields: Any) -> dict[str, Any]:
        """Send a message; returns what was made, not the answer's text."""
        body = {"message": message, **fields}
        return dict((await _ok(self.http.post(f"/sessions/{session_id}/messages", json=body))).json())

    async def act(self, session_id: str, message_id: str, verb: str, **fields: Any) -> dict[str, Any]:
        """`edit`, `regenerate`, `continue` or `switch` a message."""
        response = await _ok(self.http.post(f"/sessions/{session_id}/messages/{message_id}/{verb}", json=fields))
        return dict(response.json())

    async def stop(self, session_id: str, message_id: str) -> None:
        await _ok(self.http.post(f"/sessions/{session_id}/messages/{message_id}/stop"))

    async def messages(self, session_id: str, **paging: Any) -> list[dict[str, Any]]:
        """A page of the active path, oldest first."""
        page = (await _ok(self.http.get(f"/sessions/{session_id}/messages", params=paging))).json()
        return list(page["items"])

    async def message(self, session_id: str, message_id: str) -> dict[str, Any]:
        """One message, wherever in the tree it stands."""
        tree = await self.messages(session_id, view="tree", limit=500)
        return next(message for message in tree if message["id"] == message_id)

    async def ended(self, session_id: str, sent: dict[str, Any]) -> list[Event]:
        """Follow until the answer that `sent` made has ended; its events, the `stream_end` last."""
        async with self.socket(session_id, after=sent["seq"]) as stream:
            return await stream.until_end_of(sent["answer"]["id"])

    async def ask(self, session_id: str, message: str = "Hello there", **fields: Any) -> dict[str, Any]:
        """Send a message and wait for the answer to end; returns the stored answer."""
        sent = await self.send(session_id, message, **fields)
        await self.ended(session_id, sent)
        return await self.message(session_id, sent["answer"]["id"])

    @asynccontextmanager
    async def socket(
        self, session_id: str, *, after: int | None = None, token: str | None = None, **options: Any
    ) -> AsyncIterator["Stream"]:
        """The session's stream over a WebSocket."""
        query = f"?token={token or self.token}" + ("" if after is None else f"&after={after}")
        url = f"{self.place.ws_url}/ws/sessions/{session_id}/stream{query}"
        async with connect(url, max_size=None, **options) as connection:
            yield Stream(connection)

    @asynccontextmanager
    async def events(
        self, session_id: str, headers: dict[str, str] | None = None, **query: Any
    ) -> AsyncIterator["EventStream"]:
        """The session's stream as Server-Sent Events."""
        path = f"/sessions/{session_id}/stream"
        async with self.http.stream("GET", path, params=query, headers=headers) as response:
            yield EventStream(response)


@dataclass
class Stream:
    """One WebSocket, and every event it brought."""

    connection: ClientConnection
    events: list[Event] = field(default_factory=list)

    async def say(self, type: str, data: Any = None, **beside: Any) -> None:  # noqa: A002 - the word of the contract
        """Send a frame."""
        frame = {"type": type, **({} if data is None else {"data": data}), **beside}
        await self.connection.send(json.dumps(frame))

    async def next(self) -> Event:
        async with asyncio.timeout(DEADLINE_SECONDS):
            event: Event = json.loads(await self.connection.recv())
        self.events.append(event)
        return event

    async def until(self, is_it: Callable[[Event], bool] | str) -> list[Event]:
        """Read up to the first event that fits (a condition, or a type); returns what came, that one last."""
        fits = (lambda event: event["type"] == is_it) if isinstance(is_it, str) else is_it
        came = [await self.next()]
        while not fits(came[-1]):
            came.append(await self.next())
        return came

    async def until_end_of(self, message_id: str) -> list[Event]:
        return await self.until(
            lambda event: event["type"] == "stream_end" and event["data"]["message_id"] == message_id
        )

    async def live(self) -> None:
        """Return once the stream follows the session, so that nothing that happens from now on is missed."""
        await self.say("ping")
        while (await self.until(lambda event: event["type"] in {"pong", "error"}))[-1]["type"] != "pong":
            await self.say("ping")

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes; the close code and its reason."""
        try:
            while True:
                await self.next()
        except websockets.ConnectionClosed:
            return self.connection.close_code or 0, self.connection.close_reason or ""


@dataclass
class SentEvent:
    """One Server-Sent Event; `data` is None for an event that has none, as the first bare id."""

    id: str | None
    event: str | None
    data: Any


class EventStream:
    """A response of Server-Sent Events, read as a browser does (WHATWG HTML §9.2.6)."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.comments: list[str] = []
        self.lines = response.aiter_lines()

    async def next(self) -> SentEvent:
        """The next block that is not a comment alone. Raises `StopAsyncIteration` at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                line = await anext(self.lines)
                if line.startswith(":"):
                    self.comments.append(line[1:].strip())
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    data = fields.get("data")
                    return SentEvent(fields.get("id"), fields.get("event"), json.loads(data) if data else None)

    async def rest(self) -> list[SentEvent]:
        """Everything up to the end of the response."""
        events: list[SentEvent] = []
        try:
            while True:
                events.append(await self.next())
        except StopAsyncIteration:
            return events


@dataclass
class RunningApp(Place):
    """A server in the test's own event loop, whose parts the test may reach."""

    app: FastAPI = field(default_factory=FastAPI)

    def part(self, kind: type[Kind]) -> Kind:
        """The built instance of a service."""
        found = self.app.state.services[kind]
        assert isinstance(found, kind)
        return found


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[RunningApp]:
    """Serve `settings` in this event loop for as long as the block lasts."""
    app = build_app(settings)
    server = _Server(server_config(app, settings))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        async with asyncio.timeout(_START_SECONDS):
            await server.serves.wait()
        assert server.started, "the server did not start"
        port: int = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield RunningApp(f"http://127.0.0.1:{port}", app=app)
        finally:
            await app.state.running.drain()
            server.should_exit = True


class ServerThread(Place):
    """A server in a thread with an event loop of its own, for tests that only speak to it over the wire."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._thread = threading.Thread(target=self._run, name="server")
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = asyncio.Event()
        self._residents: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(_START_SECONDS), "the server did not start in time"
        assert self.url, "the server did not start"
        asyncio.run(self._make_admin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._leaving.set)
        self._thread.join(_START_SECONDS)

    @property
    def database_url(self) -> str:
        """Where a test may put what would take too long to make by asking."""
        url = self._settings.database_url
        assert url is not None, "this server has a PostgreSQL of its own"
        return url.get_secret_value()

    @property
    def data_dir(self) -> Path:
        return self._settings.data_dir

    @asynccontextmanager
    async def resident(self, name: str) -> AsyncIterator[Person]:
        """Somebody who lives here for the whole run, since making accounts takes longer than most tests."""
        async with self.browser() as http:
            if name not in self._residents:
                body = {"email": f"{name}@example.org", "password": PASSWORD}
                self._residents[name] = (await _ok(http.post("/auth/register", json=body))).json()
            yield Person(self, http, self._residents[name])

    async def _make_admin(self) -> None:
        async with self.resident("admin"):
            pass

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with running(self._settings) as app:
            self.url = app.url
            self._started.set()
            await self._leaving.wait()


def text_of(message: dict[str, Any]) -> str:
    """The text of a message's text parts."""
    return "".join(part["text"] for part in message["content_parts"] if part["type"] == "text")


def problem_of(response: httpx2.Response) -> tuple[int, str]:
    """The status and the stable code of a problem document, and nothing but one."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:chatbox:error:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["code"]


async def _ok(answering: Any) -> httpx2.Response:
    response: httpx2.Response = await answering
    assert response.is_success, f"{response.status_code} {response.text}"
    return response
