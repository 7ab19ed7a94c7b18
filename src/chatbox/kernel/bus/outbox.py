"""The queue between code that must not wait and a bus that may be slow or away."""

import asyncio
from collections import deque
from dataclasses import dataclass

MOST_MESSAGES = 10_000
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    topic: str
    payload: bytes


class Outbox:
    """Holds messages until they are taken; drops the oldest ones when it is full."""

    def __init__(self) -> None:
        self._messages: deque[Outgoing] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def put(self, topic: str, payload: bytes) -> None:
        self._messages.append(Outgoing(topic, payload))
        self._bytes += len(payload)
        while len(self._messages) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            self._bytes -= len(self._messages.popleft().payload)
        self._filled.set()

    async def take(self, most: int) -> list[Outgoing]:
        """At least one message, at most `most`; waits while there is none."""
        await self._filled.wait()
        taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
        self._bytes -= sum(len(message.payload) for message in taken)
        if not self._messages:
            self._filled.clear()
        return taken
