"""A server that speaks just enough HTTP to misbehave as an S3 server would: refuse, break off, stall."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.s3 import Bucket, Patience, S3Storage
from chatbox.kernel.storage.signing import Signer

SIGNER = Signer("key", "a secret", "us-east-1")
_LITTLE = Patience(connect_s=2.0, silence_s=0.7, retries=0)


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """`cut` is the number of bytes of the body after which the connection is closed; `stalls` waits there instead.

    What stalls goes on when the server is `released`.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stalls: bool = False


@dataclass
class BadS3:
    """What was asked, in order, and who answers."""

    answer: Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def storage(self) -> S3Storage:
        """A storage in a bucket there, as the product has it."""
        return storage_at(self.url, Patience())

    @property
    def impatient(self) -> S3Storage:
        """One that gives up after less than a second and does not try again."""
        return storage_at(self.url, _LITTLE)

    def asked(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self.connections.add(connection)
        try:
            while True:
                request = await _read(reader)
                self.requests.append(request)
                await self._write(writer, self.answer(request), is_head=request.method == "HEAD")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.connections.discard(connection)

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer, *, is_head: bool) -> None:
        lines = [f"HTTP/1.1 {answer.status} X", f"content-length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.stalls and answer.cut is None:
            await self.released.wait()
        writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if is_head else answer.body[: answer.cut]))
        await writer.drain()
        if answer.stalls:
            await self.released.wait()
        if answer.cut is not None:
            raise ConnectionAbortedError


def storage_at(url: str, patience: Patience = _LITTLE) -> S3Storage:
    return S3Storage(Bucket(url, url, "bucket"), SIGNER, utc_now, patience=patience)


@asynccontextmanager
async def bad_s3(answer: Callable[[Request], Answer]) -> AsyncGenerator[BadS3]:
    """The server, on a free port of loopback until the block ends."""
    bad = BadS3(answer)
    server = await asyncio.start_server(bad.serve, "127.0.0.1", 0)
    bad.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield bad
    finally:
        server.close()
        left = list(bad.connections)
        for connection in left:
            connection.cancel()
        await asyncio.gather(*left)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target, _ = head.split(" ", 2)
    lengths = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length:")]
    return Request(method, target, await reader.readexactly(int(lengths[0]) if lengths else 0))
