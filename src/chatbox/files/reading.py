"""Reads files in the background, inside the server: one child process for each, everybody's turn in turn."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Reading:
    """The queue of files to be read."""

    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that there is something to read."""

    def stop(self, object_id: UUID) -> None:
        """Stop reading an object here, if this process does."""

    async def next_end(self, seconds: float) -> None:
        """Return when some reading has ended here, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return
