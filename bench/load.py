"""A load client that uses the product as outside clients do: REST to set the scene, WebSocket or SSE for answers.

One event loop, small objects, nothing parsed twice: on two cores the client shares a core with PostgreSQL and the
upstream, so what it spends is taken from them.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import msgspec

from bench.answer import Answer
from bench.frames import AskData, AskFrame, Frame, FrameData
from bench.plan import Plan

CALL_SECONDS = 30.0
ANSWER_GRACE_SECONDS = 60.0
MODEL_LIST_SECONDS = 20.0
MOST_CONNECTIONS = 1_000
MOST_FRAME_BYTES = 16 * 1024 * 1024
PASSWORD = "only-for-measuring-7391"


class CallRefused(Exception):
    """The product answered a set-up call with an error; the text has the call, the status and the answer."""


class SignedIn(msgspec.Struct):
    access_token: str


class Named(msgspec.Struct):
    id: str
    name: str = ""


class Listed(msgspec.Struct):
    items: list[Named]


class Part(msgspec.Struct):
    type: str
    text: str = ""


class Message(msgspec.Struct):
    id: str
    role: str
    content_parts: list[Part]


class Messages(msgspec.Struct):
    items: list[Message]


@dataclass(frozen=True, slots=True)
class Person:
    """A registered account, with the token of its first sign-in."""

    number: int
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | address_of(self.number)


def address_of(number: int) -> dict[str, str]:
    """The header a reverse proxy would add: everyone comes from an address of their own, as people do, so that the
    limits on sign-in attempts per address see them apart."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


@dataclass(frozen=True, slots=True)
class Client:
    """The product's REST interface at `address` (host:port)."""

    http: aiohttp.ClientSession
    address: str

    async def call(
        self, method: str, path: str, *, headers: dict[str, str], body: dict[str, object] | None = None
    ) -> bytes:
        """The body of the response; raises `CallRefused` for any status from 400 up."""
        url = f"http://{self.address}{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            content = await response.read()
            if response.status >= 400:
                raise CallRefused(f"{method} {path}: {response.status} {content[:500].decode(errors='replace')}")
            return content

    async def register(self, number: int) -> Person:
        """A new account; the first one of a data folder becomes its admin."""
        email = f"person-{number}@bench.example"
        body: dict[str, object] = {"email": email, "password": PASSWORD, "name": f"Person {number}"}
        content = await self.call("POST", "/api/v1/auth/register", headers=address_of(number), body=body)
        return Person(number, email, msgspec.json.decode(content, type=SignedIn).access_token)

    async def sign_in(self, person: Person) -> None:
        body: dict[str, object] = {"email": person.email, "password": PASSWORD}
        await self.call("POST", "/api/v1/auth/login", headers=address_of(person.number), body=body)

    async def add_provider(self, admin: Person, base_url: str) -> None:
        body: dict[str, object] = {
            "name": "Scripted upstream",
            "kind": "openai",
            "base_url": base_url,
            "api_key": "bench-key",
            "shared": True,
        }
        await self.call("POST", "/api/v1/providers", headers=admin.headers, body=body)

    async def model_id(self, person: Person, plan: Plan) -> str:
        """The id under which the product offers the model of `plan`; waits for a list that is still being fetched."""
        async with asyncio.timeout(MODEL_LIST_SECONDS):
            while True:
                content = await self.call("GET", "/api/v1/models", headers=person.headers)
                for model in msgspec.json.decode(content, type=Listed).items:
                    if model.name == plan.name:
                        return model.id
                await asyncio.sleep(0.1)

    async def new_session(self, person: Person, model_id: str) -> str:
        """The id of a new chat session. It has a name, so that the product does not ask the model for a title."""
        body: dict[str, object] = {"name": "Measured", "model": model_id}
        content = await self.call("POST", "/api/v1/sessions", headers=person.headers, body=body)
        return msgspec.json.decode(content, type=Named).id

    async def last_answer(self, person: Person, session_id: str) -> Message | None:
        """The newest stored answer of a session."""
        path = f"/api/v1/sessions/{session_id}/messages?limit=5"
        content = await self.call("GET", path, headers=person.headers)
        answers = [item for item in msgspec.json.decode(content, type=Messages).items if item.role == "assistant"]
        return answers[-1] if answers else None

    async def check_stored(self, person: Person, session_id: str, answer: Answer) -> None:
        """Notes in `answer` whether the product has stored exactly what arrived."""
        stored = await self.last_answer(person, session_id)
        text = "".join(part.text for part in stored.content_parts if part.type == "text") if stored else ""
        answer.is_stored = text == answer.text


@dataclass(frozen=True, slots=True)
class Line:
    """One open WebSocket of a session (or of the relay)."""

    socket: aiohttp.ClientWebSocketResponse

    async def ask(self, plan: Plan, *, model: str | None = None) -> Answer:
        """Sends one message and reads until its answer ended, the socket closed, or the deadline passed.

        `model` is for the relay; in the product the session names it.
        """
        answer = Answer(plan)
        data = AskData(message="Please count.", client_id=uuid.uuid4().hex, model=model)
        encoded = msgspec.json.encode(AskFrame(data)).decode()
        decode = msgspec.json.Decoder(Frame).decode
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_seconds(plan)):
                answer.asked_ns = time.monotonic_ns()
                await self.socket.send_str(encoded)
                while not answer.is_over:
                    received = await self.socket.receive()
                    if received.type is not aiohttp.WSMsgType.TEXT:
                        answer.error = f"socket closed with {self.socket.close_code}"
                        break
                    answer.take(decode(received.data))
        return answer


def deadline_seconds(plan: Plan) -> float:
    """How long an answer may take: its own time and a generous grace."""
    return ANSWER_GRACE_SECONDS + (plan.count / plan.rate if plan.rate else 0.0)


@contextlib.asynccontextmanager
async def connect(address: str) -> AsyncIterator[Client]:
    """A client for the server at `address`."""
    connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS)
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        yield Client(http, address)


async def open_line(client: Client, path: str) -> Line:
    """A WebSocket of the server, uncompressed, without heartbeats of its own."""
    url = f"ws://{client.address}{path}"
    socket = await client.http.ws_connect(url, max_msg_size=MOST_FRAME_BYTES, compress=0)
    return Line(socket)


async def open_session_line(client: Client, person: Person, session_id: str) -> Line:
    """The live stream of a session, from now on."""
    return await open_line(client, f"/ws/sessions/{session_id}/stream?token={person.token}")


async def ask_by_events(client: Client, person: Person, session_id: str, plan: Plan) -> Answer:
    """Sends one message and reads its answer as server-sent events (`message` events, then `done`)."""
    answer = Answer(plan)
    url = f"http://{client.address}/api/v1/sessions/{session_id}/stream"
    timeout = aiohttp.ClientTimeout(total=deadline_seconds(plan))
    answer.asked_ns = time.monotonic_ns()
    with contextlib.suppress(TimeoutError, aiohttp.ClientPayloadError):
        async with client.http.get(
            url, params={"message": "Please count."}, headers=person.headers, timeout=timeout
        ) as response:
            if response.status != 200:
                answer.error = f"status {response.status}"
                return answer
            async for kind, data in read_events(response):
                if kind == "message":
                    answer.take_text(msgspec.json.decode(data, type=FrameData).chunk)
                elif kind == "done":
                    answer.end("complete")
                    break
                elif kind == "error":
                    answer.error = msgspec.json.decode(data, type=FrameData).code
    return answer


async def read_events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, bytes]]:
    """The type and data of each server-sent event (WHATWG HTML, 9.2), for events of one data line."""
    rest = b""
    async for block in response.content.iter_any():
        *whole, rest = (rest + block.replace(b"\r\n", b"\n")).split(b"\n\n")
        for event in whole:
            kind, data = "message", b""
            for line in event.split(b"\n"):
                name, _, value = line.partition(b":")
                if name == b"event":
                    kind = value.strip().decode()
                elif name == b"data":
                    data = value.strip()
            if data:
                yield kind, data
