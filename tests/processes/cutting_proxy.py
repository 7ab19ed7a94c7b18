"""A line that breaks: carries bytes to a server, and cuts its first connection after so many bytes of answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class CuttingProxy:
    """Where it listens, and how many connections came."""

    target_port: int
    cut_after: int
    url: str = ""
    connections: int = 0
    carrying: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry for a new connection, in a task of the proxy's own."""
        task = asyncio.create_task(self.carry(reader, writer))
        self.carrying.add(task)
        task.add_done_callback(self.carrying.discard)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        left = self.cut_after if self.connections == 1 else None
        to_server = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(_pump(reader, to_server[1], None))
                await _pump(to_server[0], writer, left)
                asking.cancel()
        except* OSError:
            pass  # the other end has cut the line first
        finally:
            to_server[1].close()
            writer.transport.abort()


@asynccontextmanager
async def cutting_proxy(url: str, *, cut_after: int) -> AsyncIterator[CuttingProxy]:
    """A line to the server at `url` whose first connection breaks after `cut_after` bytes of what the server says."""
    proxy = CuttingProxy(urlsplit(url).port or 80, cut_after)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        # A connection that is carried still would be cut off with the event loop, in the middle of everything.
        for task in proxy.carrying:
            task.cancel()
        await asyncio.gather(*proxy.carrying, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, left: int | None) -> None:
    """Carry bytes until the source ends, or `left` of them are carried."""
    while left is None or left > 0:
        data = await source.read(1024)
        if not data:
            return
        sink.write(data)
        await sink.drain()
        left = None if left is None else left - len(data)
