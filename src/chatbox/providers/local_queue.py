"""Who is next at the built-in model: a few answers at once, the rest wait in an order that is fair between people.

Of those who wait, first comes whoever has the fewest answers running or waiting before this one; among equals, whoever
came first. So a person who asks three things at once cannot keep out another who asks one.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from chatbox.providers.port import ModelOverloaded


class Place:
    """One request's place. `position` 0 means it may run, 1 that it is next."""

    def __init__(self, user_key: str, model: str) -> None:
        self.user_key = user_key
        self.model = model
        self.position: int | None = None
        self._has_moved = asyncio.Event()

    async def next_position(self) -> int:
        """Wait until the position is another than when it was last asked for, and return it."""
        await self._has_moved.wait()
        self._has_moved.clear()
        assert self.position is not None
        return self.position

    def move_to(self, position: int) -> None:
        """Set the position and tell whoever waits for it."""
        if position != self.position:
            self.position = position
            self._has_moved.set()


class FairQueue:
    """`slots` places that run, and at most `longest` that wait.

    One model can be loaded at a time, so only places of one model run together; the next place is never overtaken, and
    if it wants another model it waits until the running answers have ended.
    """

    def __init__(self, slots: int, longest: int) -> None:
        self._slots = slots
        self._longest = longest
        self._running: list[Place] = []
        self._waiting: list[Place] = []
        self.is_used = asyncio.Event()
        self.is_empty = asyncio.Event()
        self.is_empty.set()

    @contextmanager
    def join(self, user_key: str, model: str) -> Iterator[Place]:
        """A place that is held until the block ends. Raises `ModelOverloaded` if too many wait already."""
        if len(self._waiting) >= self._longest:
            raise ModelOverloaded(f"{self._longest} requests are waiting for the built-in model")
        place = Place(user_key, model)
        self._waiting.append(place)
        self._settle()
        try:
            yield place
        finally:
            (self._waiting if place in self._waiting else self._running).remove(place)
            self._settle()

    def _settle(self) -> None:
        """Let run who may, and tell the others where they are."""
        order = self._order()
        while order and self._may_run(order[0]):
            first = order[0]
            self._waiting.remove(first)
            self._running.append(first)
            first.move_to(0)
            order = self._order()
        for position, place in enumerate(order, 1):
            place.move_to(position)
        self._note_use()

    def _order(self) -> list[Place]:
        """Those who wait, next first: by how many of the same person's answers come before, then by arrival."""
        ahead = Counter(place.user_key for place in self._running)
        rounds: dict[Place, int] = {}
        for place in self._waiting:
            rounds[place] = ahead[place.user_key]
            ahead[place.user_key] += 1
        return sorted(self._waiting, key=rounds.__getitem__)

    def _may_run(self, place: Place) -> bool:
        return len(self._running) < self._slots and all(other.model == place.model for other in self._running)

    def _note_use(self) -> None:
        if self._running or self._waiting:
            self.is_used.set()
            self.is_empty.clear()
        else:
            self.is_used.clear()
            self.is_empty.set()
