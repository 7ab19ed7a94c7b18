"""People who sign in while others read: the load that stalls a server which hashes passwords on its event loop."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from bench.load import CallRefused
from bench.report import Row, percentile
from bench.scene import Scene, all_at_once


@dataclass(slots=True)
class SignIns:
    """Sign-ins by a scene's people, one after the other, and how they went."""

    scene: Scene
    done_ms: list[float] = field(default_factory=list)
    refused: int = 0

    async def one(self) -> None:
        """The next person signs in."""
        person = self.scene.people[(len(self.done_ms) + self.refused) % len(self.scene.people)]
        started = time.perf_counter()
        try:
            await self.scene.client.sign_in(person)
        except CallRefused as refusal:
            print(refusal)
            self.refused += 1
        else:
            self.done_ms.append((time.perf_counter() - started) * 1000)

    async def go_on(self, until: asyncio.Event, *, pause_seconds: float) -> None:
        """Sign-ins one at a time, with a pause after each, until the event is set."""
        while not until.is_set():
            await self.one()
            await pause(until, pause_seconds)

    async def go_on_by_tens(self, until: asyncio.Event, *, pause_seconds: float) -> None:
        """Ten sign-ins at once, again and again, until the event is set."""
        while not until.is_set():
            await all_at_once(self.one() for _ in range(10))
            await pause(until, pause_seconds)

    def rows(self, subject: str) -> list[Row]:
        return [
            Row(f"{subject}: sign-ins meanwhile", len(self.done_ms), ""),
            Row(f"{subject}: sign-ins refused", self.refused, "", aim=0),
            Row(f"{subject}: a sign-in takes, p99", percentile(self.done_ms, 99), "ms"),
        ]


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Waits `seconds`, or less when the event is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
