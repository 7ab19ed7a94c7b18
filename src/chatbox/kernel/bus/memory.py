"""The bus of a single instance: there is nobody else to tell."""

from typing import ClassVar

from chatbox.kernel.bus.port import Handler


class MemoryBus:
    reaches_others: ClassVar[bool] = False
    largest_payload: ClassVar[int] = 0
    is_healthy = True

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to close."""

    def post(self, topic: str, payload: bytes) -> None:
        """Nobody listens."""

    async def watch(self, topic: str, handler: Handler) -> None:
        """Nobody speaks."""

    def unwatch(self, topic: str) -> None:
        """Nobody spoke."""
