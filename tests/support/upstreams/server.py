"""A provider that does as the model's name says, on raw asyncio streams: no framework softens its misbehaviour.

The name of the model is the scenario: one of `turns.TURNS`, or one of the faults in `_FAULTS`. Every wire serves every
scenario. The server notes each request, and sets `client_closed` when a client leaves before its answer ended.
"""

import asyncio
import gzip
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

from tests.support.upstreams.turns import PLAIN, TURNS, Turn
from tests.support.upstreams.wires import Failure, Wire

SLOW_PAUSE_S = 0.02


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> dict[str, object]:
        body: dict[str, object] = json.loads(self.raw)
        return body


@dataclass
class Exchange:
    """One request and the means to answer it."""

    wire: Wire
    seen: Seen
    model: str
    attempt: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self, content_type: str | None = None, status: int = 200) -> None:
        kind = content_type or self.wire.content_type
        await self.send(
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nx-request-id: req_1\r\n"
            "transfer-encoding: chunked\r\n\r\n".encode()
        )

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def stream(self, frames: list[bytes]) -> None:
        await self.head()
        await self.chunk(b"".join(frames))
        await self.end()

    async def fail(self, failure: Failure, headers: str = "") -> None:
        body = self.wire.error_body(failure)
        await self.page(failure.status, "application/json", body, headers)

    async def page(self, status: int, content_type: str, body: bytes, headers: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\n{headers}content-length: {len(body)}\r\n\r\n"
        await self.send(head.encode() + body)

    async def until_client_leaves(self) -> None:
        while await self.reader.read(1024):
            continue


Scene = Callable[["Upstream", Exchange], Awaitable[None]]


@dataclass
class Upstream:
    """A running upstream. `frames_of` puts a test's own frames in place of the scripted ones; `turns_of` holds what
    a model says when asked for the first time, the second, and so on: the last one again and again."""

    wires: Mapping[str, Wire]
    requests: list[Seen] = field(default_factory=list)
    client_closed: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    frames_of: dict[str, list[bytes]] = field(default_factory=dict)
    turns_of: dict[str, list[Turn]] = field(default_factory=dict)
    pages: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    connections: int = 0
    _attempts: Counter[str] = field(default_factory=Counter)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while (seen := await _read_request(reader)) is not None:
                self.requests.append(seen)
                await self._answer(seen, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.client_closed.set()
        finally:
            self._writers.discard(writer)
            writer.close()

    def abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _answer(self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = self._wire_of(seen.path)
        body = json.loads(seen.raw) if seen.raw else {}
        in_path = re.search(r"/models/([^/:]+):", seen.path)
        model = in_path.group(1) if in_path else str(body.get("model", ""))
        self._attempts[model] += 1
        exchange = Exchange(wire, seen, model, self._attempts[model], reader, writer)
        page = self.pages.get(f"{seen.path}?{seen.query}", self.pages.get(seen.path))
        if page is not None or seen.method == "GET":
            await exchange.page(200, "application/json", wire.models_body if page is None else page)
        elif model in self.frames_of:
            await exchange.stream(self.frames_of[model])
        elif model in self.turns_of:
            turns = self.turns_of[model]
            await exchange.stream(wire.frames(turns[min(exchange.attempt, len(turns)) - 1]))
        elif model in TURNS:
            await exchange.stream(wire.frames(TURNS[model]))
        else:
            name = re.sub(r"-\d+$", "", model)
            await _FAULTS[name](self, exchange)

    def _wire_of(self, path: str) -> Wire:
        for ending, name in _ENDINGS:
            if re.search(ending, path):
                return self.wires[name]
        return next(iter(self.wires.values()))


_ENDINGS = (
    (r"/chat/completions$", "openai"),
    (r"/responses$", "openai-responses"),
    (r"/messages$", "anthropic"),
    (r":streamGenerateContent$|/v1beta/models$", "gemini"),
    (r"/api/chat$|/api/tags$", "ollama"),
)


@asynccontextmanager
async def running_upstream(*wires: Wire) -> AsyncGenerator[Upstream]:
    """An upstream on a free loopback port; all its connections are cut at the end."""
    upstream = Upstream({wire.name: wire for wire in wires})
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, limit=1 << 24)
    host, port = server.sockets[0].getsockname()[:2]
    upstream.url = f"http://{host}:{port}"
    try:
        yield upstream
    finally:
        server.close()
        upstream.abort()
        await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Seen(method, path, query, headers, body)


def _number(exchange: Exchange) -> int:
    return int(exchange.model.rpartition("-")[2])


async def _status(_: Upstream, exchange: Exchange) -> None:
    await exchange.fail(Failure(_number(exchange), "scripted failure"))


async def _context_overflow(_: Upstream, exchange: Exchange) -> None:
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    await exchange.fail(Failure(400, message))


async def _echo_key(_: Upstream, exchange: Exchange) -> None:
    sent = exchange.seen.headers
    key = sent.get("authorization") or sent.get("x-api-key") or sent.get("x-goog-api-key") or ""
    await exchange.fail(Failure(401, f"bad credentials: {key}"))


async def _once_then_ok(exchange: Exchange, times: int, failure: Failure, headers: str = "") -> None:
    if exchange.attempt <= times:
        await exchange.fail(failure, headers)
    else:
        await exchange.stream(exchange.wire.frames(PLAIN))


async def _retry_after(_: Upstream, exchange: Exchange) -> None:
    await _once_then_ok(exchange, 1, Failure(429, "slow down"), f"retry-after: {_number(exchange)}\r\n")


async def _retry_after_ms(_: Upstream, exchange: Exchange) -> None:
    await _once_then_ok(exchange, 1, Failure(429, "slow down"), f"retry-after-ms: {_number(exchange)}\r\n")


async def _retry_at(_: Upstream, exchange: Exchange) -> None:
    """The number is a time in seconds since 1970."""
    date = formatdate(_number(exchange), usegmt=True)
    await _once_then_ok(exchange, 1, Failure(429, "slow down"), f"retry-after: {date}\r\n")


async def _limited(_: Upstream, exchange: Exchange) -> None:
    await exchange.fail(Failure(429, "slow down"))


async def _fail_twice(_: Upstream, exchange: Exchange) -> None:
    await _once_then_ok(exchange, 2, Failure(500, "broken"))


async def _overloaded_once(_: Upstream, exchange: Exchange) -> None:
    await _once_then_ok(exchange, 1, Failure(529, "Overloaded"))


async def _begin(exchange: Exchange) -> None:
    """The answer up to its second piece of text, flushed to the client."""
    await exchange.head()
    last = b""
    for frame in exchange.wire.frames(PLAIN):
        await exchange.chunk(frame)
        if b", " in frame and b"Hello" in last:
            return
        last = frame


async def _stall(upstream: Upstream, exchange: Exchange) -> None:
    await _begin(exchange)
    upstream.stalled.set()
    await exchange.until_client_leaves()
    upstream.client_closed.set()


async def _silent(upstream: Upstream, exchange: Exchange) -> None:
    upstream.stalled.set()
    await exchange.until_client_leaves()
    upstream.client_closed.set()


async def _malformed(_: Upstream, exchange: Exchange) -> None:
    await _begin(exchange)
    await exchange.chunk(exchange.wire.malformed)
    await exchange.end()


async def _cut(_: Upstream, exchange: Exchange) -> None:
    await _begin(exchange)
    await exchange.end()


async def _reset(upstream: Upstream, exchange: Exchange) -> None:
    """The connection dies without the end of the body."""
    await _begin(exchange)
    exchange.writer.transport.abort()
    raise ConnectionResetError


async def _error_inside(_: Upstream, exchange: Exchange) -> None:
    await _begin(exchange)
    await exchange.chunk(exchange.wire.error_frame)
    await exchange.end()


async def _slow(upstream: Upstream, exchange: Exchange) -> None:
    """A token every few milliseconds, for ever."""
    await exchange.head()
    frames = exchange.wire.frames(TURNS["many"])
    leaving = asyncio.ensure_future(exchange.until_client_leaves())
    for frame in frames:
        await exchange.chunk(frame)
        await asyncio.wait([leaving], timeout=SLOW_PAUSE_S)
        if leaving.done():
            break
    await leaving
    upstream.client_closed.set()


async def _page(_: Upstream, exchange: Exchange) -> None:
    await exchange.page(200, "text/html; charset=utf-8", b"<html><title>Welcome to nginx!</title></html>")


async def _gateway_page(_: Upstream, exchange: Exchange) -> None:
    await exchange.page(502, "text/html", b"<html><head><title>502 Bad Gateway</title></head></html>")


async def _redirect(_: Upstream, exchange: Exchange) -> None:
    await exchange.page(307, "text/plain", b"", "location: http://169.254.169.254/latest\r\n")


async def _giant_line(_: Upstream, exchange: Exchange) -> None:
    await _begin(exchange)
    block = b"x" * 65536
    await exchange.chunk(b"data: ")
    while True:
        await exchange.chunk(block)


async def _giant_error(_: Upstream, exchange: Exchange) -> None:
    await exchange.head("text/plain", status=500)
    while True:
        await exchange.chunk(b"y" * 65536)


async def _drip(_: Upstream, exchange: Exchange) -> None:
    """Every byte in a chunk of its own."""
    await exchange.head()
    for byte in b"".join(exchange.wire.frames(TURNS["reasoning"])):
        exchange.writer.write(b"1\r\n%c\r\n" % byte)
    await exchange.end()


async def _json_success(_: Upstream, exchange: Exchange) -> None:
    await exchange.page(200, "application/json", exchange.wire.error_body(Failure(429, "quota reached for today")))


async def _compressed(_: Upstream, exchange: Exchange) -> None:
    body = gzip.compress(b"".join(exchange.wire.frames(PLAIN)))
    await exchange.page(200, exchange.wire.content_type, body, "content-encoding: gzip\r\n")


async def _cut_failure(_: Upstream, exchange: Exchange) -> None:
    """An error whose body never comes whole."""
    await exchange.send(b"HTTP/1.1 400 X\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{")
    exchange.writer.transport.abort()
    raise ConnectionResetError


async def _lingering(upstream: Upstream, exchange: Exchange) -> None:
    """All is said, but the body never ends."""
    await exchange.head()
    await exchange.chunk(b"".join(exchange.wire.frames(PLAIN)))
    await exchange.until_client_leaves()
    upstream.client_closed.set()


_FAULTS: dict[str, Scene] = {
    "status": _status,
    "context-overflow": _context_overflow,
    "echo-key": _echo_key,
    "retry-after": _retry_after,
    "retry-after-ms": _retry_after_ms,
    "retry-at": _retry_at,
    "limited": _limited,
    "fail-twice": _fail_twice,
    "overloaded-once": _overloaded_once,
    "stall": _stall,
    "silent": _silent,
    "malformed": _malformed,
    "cut": _cut,
    "reset": _reset,
    "error-inside": _error_inside,
    "slow": _slow,
    "page": _page,
    "gateway-page": _gateway_page,
    "redirect": _redirect,
    "giant-line": _giant_line,
    "giant-error": _giant_error,
    "drip": _drip,
    "json-success": _json_success,
    "compressed": _compressed,
    "cut-failure": _cut_failure,
    "lingering": _lingering,
}
