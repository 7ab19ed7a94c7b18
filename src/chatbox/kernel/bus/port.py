"""What a bus between instances does: it carries short messages, quickly and without promises.

Nothing may depend on a message arriving. Whoever listens also looks at the database now and then.
"""

from collections.abc import Callable
from typing import ClassVar, Protocol

Handler = Callable[[bytes], None]


class Bus(Protocol):
    """Carries messages by topic to every other instance that watches the topic."""

    reaches_others: ClassVar[bool]
    """False when there can be no other instance: then nothing needs to be sent at all."""

    largest_payload: ClassVar[int]
    """In bytes; a longer message is not carried."""

    @property
    def is_healthy(self) -> bool:
        """False while messages are being lost."""
        ...

    async def start(self) -> None:
        """Returns once messages can be heard, or after a short deadline when the bus is away."""
        ...

    async def close(self) -> None: ...

    def post(self, topic: str, payload: bytes) -> None:
        """Hand a message over for sending. Never waits, never raises; may be lost."""
        ...

    async def watch(self, topic: str, handler: Handler) -> None:
        """Call `handler` for each message on `topic` from another instance. Returns once the watch is in force, or
        after a short deadline when the bus is away: the watch then begins when it is back. One handler a topic."""
        ...

    def unwatch(self, topic: str) -> None: ...
