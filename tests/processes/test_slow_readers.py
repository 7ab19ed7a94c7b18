"""Readers who do not read slow nobody down and cost the server no memory, and get everything when they read again."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.processes.watching import Watcher, watching
from tests.support.app import Person, Place
from tests.support.process import ServerProcess, server_process
from websockets.asyncio.client import ClientConnection, connect

SLOW_READERS = 10
ANSWER_TOKENS = 220_000  # 2.5 million characters
TINY_BUFFER_BYTES = 4096
# If they were buffered for, ten readers who miss 5 MB would cost 50 MB.
MOST_GROWTH_BYTES = 20 * 1024 * 1024


class Reader(Protocol):
    """Connected, and reads nothing until it is asked to."""

    async def numbers_up_to(self, last: int) -> list[int]:
        """Read the events up to this one; their numbers as they came."""
        ...


class SocketReader:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def numbers_up_to(self, last: int) -> list[int]:
        numbers: list[int] = []
        while not numbers or numbers[-1] < last:
            numbers.append(json.loads(await self._connection.recv())["seq"])
        return numbers


class SseReader:
    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    async def numbers_up_to(self, last: int) -> list[int]:
        numbers: list[int] = []
        rest = b""
        while not numbers or numbers[-1] < last:
            data = rest + await self._stream.read(65536)
            whole, _, rest = data.rpartition(b"\n")
            numbers += [int(number) for number in re.findall(rb"^id: (\d+)$", whole, re.MULTILINE)]
        return numbers


async def test_readers_who_do_not_read_cost_nothing_and_miss_nothing(tmp_path: Path, fresh_database: str) -> None:
    env = {"CHATBOX_DATABASE_URL": fresh_database}
    async with server_process(tmp_path / "server", env) as server, Place(server.url).person() as ann:
        session = await ann.session(f"scripted/fast-{ANSWER_TOKENS}")
        quick = Watcher(ann, session["id"], [server.url])
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(watching(quick))
            await see_an_answer(ann, quick)  # what one such answer costs by itself is not counted
            before = resident_bytes(server)
            slow: list[Reader] = []
            for number in range(SLOW_READERS):
                line = stalled_socket if number % 2 else stalled_sse
                slow.append(await stack.enter_async_context(line(server, ann, session["id"])))
            # The quick one gets all of it although the slow ones stand still.
            await see_an_answer(ann, quick)
            growth = resident_bytes(server) - before
            async with asyncio.timeout(60):
                for reader in slow:
                    assert await reader.numbers_up_to(quick.position) == quick.numbers
    assert growth < MOST_GROWTH_BYTES
    assert quick.numbers == list(range(1, quick.position + 1))
    assert sum(len(str(event)) for event in quick.events) > 5_000_000


async def see_an_answer(person: Person, watcher: Watcher) -> None:
    sent = await person.send(watcher.session_id)
    assert await watcher.until_end(sent["answer"]["id"]) == "complete"


@asynccontextmanager
async def stalled_socket(server: ServerProcess, person: Person, session_id: str) -> AsyncIterator[SocketReader]:
    address = f"{server.url.replace('http', 'ws')}/ws/sessions/{session_id}/stream?after=0&token={person.token}"
    async with connect(address, sock=tiny_connection(server), max_size=None, max_queue=1) as connection:
        yield SocketReader(connection)


@asynccontextmanager
async def stalled_sse(server: ServerProcess, person: Person, session_id: str) -> AsyncIterator[SseReader]:
    stream, writer = await asyncio.open_connection(sock=tiny_connection(server), limit=TINY_BUFFER_BYTES)
    target = f"/api/v1/sessions/{session_id}/stream?after=0&token={person.token}"
    writer.write(f"GET {target} HTTP/1.1\r\nhost: {server.url.removeprefix('http://')}\r\n\r\n".encode())
    try:
        yield SseReader(stream)
    finally:
        writer.close()


def tiny_connection(server: ServerProcess) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY_BUFFER_BYTES)
    connection.connect(("127.0.0.1", server.port))
    connection.setblocking(False)
    return connection


def resident_bytes(server: ServerProcess) -> int:
    """The memory that the server's own process holds."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
