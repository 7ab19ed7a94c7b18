"""One run while it runs: what it has made so far, and how it shall end."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from chatbox.generation.conclude import Failure
from chatbox.generation.parts_builder import PartsBuilder
from chatbox.generation.tables import Generation
from chatbox.generation.turn import Turn
from chatbox.providers.port import Finished, ModelUsage
from chatbox.sessions.schemas import MessageStatus

StopAs = Literal["stopped", "interrupted", "fenced"]


@dataclass(slots=True)
class Job:
    """A run in this process. `stop_as` says how it shall end once its task is cancelled.

    `prepared` is its turn where that was read already; it is `turn` only once the run has begun with it. `finished` is
    how the last call of the model ended, `usage` the sum of all its calls.
    """

    generation: Generation
    prepared: Turn | None = None
    parts: PartsBuilder = field(default_factory=PartsBuilder)
    characters: int = 0
    producing: asyncio.Task[None] | None = None
    stop_as: StopAs | None = None
    turn: Turn | None = None
    finished: Finished | None = None
    usage: ModelUsage | None = None
    failure: Failure | None = None

    def stop(self, stop_as: StopAs) -> None:
        """End the run: the upstream socket closes at once, and what was written is kept."""
        self.stop_as = self.stop_as or stop_as
        if self.producing is not None:
            self.producing.cancel()

    def begin(self, turn: Turn) -> None:
        """Take up a turn; the answer starts with what the turn says, and with nothing that stood there before."""
        self.turn = turn
        self.parts = PartsBuilder(turn.start)

    def finish_round(self, finished: Finished) -> None:
        """One call of the model ended, and cost what it says."""
        self.finished = finished
        if finished.usage is not None:
            self.usage = finished.usage if self.usage is None else _sum(self.usage, finished.usage)

    @property
    def status(self) -> MessageStatus:
        if self.stop_as in {"stopped", "interrupted"}:
            return "stopped" if self.stop_as == "stopped" else "interrupted"
        return "error" if self.failure else "complete"


def _sum(one: ModelUsage, other: ModelUsage) -> ModelUsage:
    return ModelUsage(
        input=one.input + other.input,
        output=one.output + other.output,
        cached=_added(one.cached, other.cached),
        reasoning=_added(one.reasoning, other.reasoning),
    )


def _added(one: int | None, other: int | None) -> int | None:
    """What nobody told is not known; what one told is known at least so far."""
    return None if one is None and other is None else (one or 0) + (other or 0)
