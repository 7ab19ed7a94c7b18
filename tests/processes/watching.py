"""Someone who watches a session and comes back whenever the line is cut, and what they have seen by then."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from tests.support.app import Person

Line = Literal["socket", "sse"]
Event = dict[str, Any]

PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


@dataclass(eq=False)
class Watcher:
    """One viewer of one session, over a WebSocket or Server-Sent Events.

    `urls` are the instances it goes to in turn, each time the line is cut. Every event is kept in the order it came,
    with the moment it came at; `closed_with` has a WebSocket's close code, or None, for each time the line was cut.
    """

    person: Person
    session_id: str
    urls: list[str]
    line: Line = "socket"
    after: int = 0
    events: list[Event] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    closed_with: list[int | None] = field(default_factory=list)
    attempts: int = 0
    _texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ends: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Watch for ever."""
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {self.person.token}"}) as http:
            while True:
                url = self.urls[self.attempts % len(self.urls)]
                self.attempts += 1
                try:
                    await (self._read_socket(http, url) if self.line == "socket" else self._read_sse(http, url))
                except (aiohttp.ClientError, OSError):
                    self.closed_with.append(None)
                self._changed.set()
                await asyncio.sleep(_PAUSE_SECONDS)

    @property
    def position(self) -> int:
        """The number of the last event that was seen."""
        return int(self.events[-1]["seq"]) if self.events else self.after

    @property
    def numbers(self) -> list[int]:
        return [int(event["seq"]) for event in self.events]

    def text(self, message_id: str) -> str:
        """What the watcher has read of an answer, from the events alone."""
        return "".join(self._texts[message_id])

    def ends(self, message_id: str) -> list[str]:
        """The status of every end of the answer that was seen."""
        return self._ends[message_id]

    def time_of(self, kind: str) -> float:
        """When the first event of a kind came."""
        return next(at for event, at in zip(self.events, self.times, strict=True) if event["type"] == kind)

    async def until(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something is true of what was seen."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [(event["seq"], event["type"]) for event in self.events[-5:]]
            raise AssertionError(f"waited {seconds:g} s in vain until {what}; seen last: {seen}") from None

    async def until_pieces(self, message_id: str, count: int = 1) -> None:
        """Wait until so many pieces of the answer were seen."""
        await self.until(lambda: len(self._texts[message_id]) >= count, f"{count} pieces are there")

    async def until_end(self, message_id: str, *, nth: int = 1, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for the answer's end, or its second one and so on; returns the status it ended with."""
        await self.until(lambda: len(self.ends(message_id)) >= nth, "the answer has ended", seconds=seconds)
        return self.ends(message_id)[nth - 1]

    async def _read_socket(self, http: aiohttp.ClientSession, url: str) -> None:
        address = f"{url}/ws/sessions/{self.session_id}/stream?after={self.position}"
        async with http.ws_connect(address, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=1)) as socket:
            async for message in socket:
                self._take(json.loads(message.data))
            self.closed_with.append(socket.close_code)

    async def _read_sse(self, http: aiohttp.ClientSession, url: str) -> None:
        address = f"{url}/api/v1/sessions/{self.session_id}/stream?after={self.position}"
        async with http.get(address, timeout=aiohttp.ClientTimeout(total=None), read_bufsize=2**20) as response:
            response.raise_for_status()
            fields: dict[str, str] = {}
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    event = {"type": fields["event"], "seq": int(fields["id"]), "data": json.loads(fields["data"])}
                    self._take(event)
                    fields = {}
            self.closed_with.append(None)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self.times.append(time.monotonic())
        data = event["data"]
        if event["type"] == "stream_start":
            self._texts[data["message_id"]] = [p["text"] for p in data["content_parts"] if p["type"] == "text"]
        elif event["type"] == "stream_chunk":
            self._texts[data["message_id"]].append(data["chunk"])
        elif event["type"] == "stream_end":
            self._ends[data["message_id"]].append(data["status"])
        self._changed.set()


@asynccontextmanager
async def watching(*watchers: Watcher) -> AsyncIterator[None]:
    """Have all of them watch for as long as the block lasts."""
    tasks = [asyncio.ensure_future(watcher.watch()) for watcher in watchers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [result for result in results if isinstance(result, Exception)]
    if failures:
        raise failures[0]


def text_of(message: dict[str, Any]) -> str:
    """The text of a stored message."""
    return "".join(part["text"] for part in message["content_parts"] if part["type"] == "text")
