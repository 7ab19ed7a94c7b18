"""How busy each part was while something was measured, so that nobody takes the client's limit for the server's."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench import processes
from bench.report import Row
from bench.stage import Server, Upstream


@dataclass(slots=True)
class Meter:
    """Processor time by part, and the wall time in which it was spent, of all the measured stretches together."""

    server: Server
    upstream: Upstream
    spent: dict[str, float] = field(default_factory=dict)
    wall_seconds: float = 0.0

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        before = self._read()
        started = time.perf_counter()
        try:
            yield
        finally:
            self.wall_seconds += time.perf_counter() - started
            for part, seconds in self._read().items():
                self.spent[part] = self.spent.get(part, 0.0) + seconds - before.get(part, 0.0)

    def _read(self) -> dict[str, float]:
        """Looks the processes up each time: PostgreSQL starts one for each new connection. What is left over is the
        work of the kernel and of whoever else uses the machine, which tells how far the numbers can be trusted."""
        own, database = self.server.pids()
        parts = {"server": own, "PostgreSQL": database, "upstream": {self.upstream.pid}, "client": {os.getpid()}}
        seconds = {part: processes.cpu_seconds(pids) for part, pids in parts.items() if pids}
        return seconds | {"everything else": processes.busy_seconds() - sum(seconds.values())}

    def rows(self, subject: str) -> list[Row]:
        """The share of a core that each part used."""
        return [
            Row(f"{subject}: {part} used of a core", 100 * seconds / self.wall_seconds, "%")
            for part, seconds in self.spent.items()
        ]
