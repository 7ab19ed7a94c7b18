"""What a scripted model says: its name is the whole script, so that every side can check every word of an answer."""

import re
from dataclasses import dataclass
from typing import Literal

MOST_TOKENS = 100_000
NAME = re.compile(r"(?:(?P<fast>fast)-(?P<n>\d+)|(?P<kind>paced|stamped)-(?P<count>\d+)-(?P<rate>\d+))")


@dataclass(frozen=True, slots=True)
class Plan:
    """`fast-N` says N tokens at once, `paced-N-RATE` says them at RATE a second, `stamped-N-RATE` writes into each
    token the time at which it was sent."""

    kind: Literal["fast", "paced", "stamped"]
    count: int
    rate: int

    @property
    def name(self) -> str:
        return f"fast-{self.count}" if self.kind == "fast" else f"{self.kind}-{self.count}-{self.rate}"


def read_plan(name: str) -> Plan | None:
    """The plan that a model's name describes, or None when it describes none (or one past `MOST_TOKENS`)."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    kind: Literal["fast", "paced", "stamped"]
    if found["fast"]:
        kind, count, rate = "fast", int(found["n"]), 0
    else:
        kind, count, rate = (
            "stamped" if found["kind"] == "stamped" else "paced",
            int(found["count"]),
            int(found["rate"]),
        )
    if not 1 <= count <= MOST_TOKENS or (kind != "fast" and rate < 1):
        return None
    return Plan(kind, count, rate)


def token(index: int) -> str:
    """The text of token number `index`: about as long as a word piece of a real model."""
    return f"{index} "


def stamped_token(index: int, sent_ns: int) -> str:
    """A token with the moment it was sent, in nanoseconds of the machine's monotonic clock (one clock for all
    processes of a machine)."""
    return f"{index}:{sent_ns} "


def is_whole(plan: Plan, text: str) -> bool:
    """Whether `text` is exactly what the plan says, every token once and in order."""
    if plan.kind != "stamped":
        return text == "".join(map(token, range(plan.count)))
    numbers = [piece.partition(":")[0] for piece in text.split(" ")]
    return numbers == [*map(str, range(plan.count)), ""]
