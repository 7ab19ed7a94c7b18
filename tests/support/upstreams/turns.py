"""What a scripted model says, told once for every wire; each wire's module turns it into its provider's frames."""

from dataclasses import dataclass
from typing import Literal

Finish = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True)
class CallTurn:
    """One tool call; `pieces` are its arguments as the model streams them."""

    id: str
    name: str
    pieces: tuple[str, ...]
    signature: str | None = None

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Tokens:
    """Counts in the port's meaning: `input` includes `cached`, `output` includes `reasoning`."""

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Turn:
    reasoning: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    calls: tuple[CallTurn, ...] = ()
    finish: Finish = "stop"
    tokens: Tokens | None = None
    signature: str | None = None


PLAIN = Turn(text=("Hello", ", ", "wörld ", "你好", "."), tokens=Tokens(input=12, output=5))

TURNS: dict[str, Turn] = {
    "plain": PLAIN,
    "reasoning": Turn(
        reasoning=("Let me ", "think.", "\nYes."),
        text=("The answer", " is 42."),
        tokens=Tokens(input=1200, output=500, cached=1024, reasoning=64),
        signature="c2lnbmVk",
    ),
    "tools": Turn(
        text=("Looking.",),
        calls=(
            CallTurn("call_a", "get_weather", ('{"ci', 'ty": "P', 'aris"}')),
            CallTurn("call_b", "get_time", ('{"zone":', ' "UTC"}')),
        ),
        finish="tool_calls",
        tokens=Tokens(input=80, output=30),
    ),
    "no-arguments": Turn(calls=(CallTurn("call_a", "now", ()),), finish="tool_calls"),
    "length": Turn(text=("This is cut",), finish="length", tokens=Tokens(input=3, output=3)),
    "filtered": Turn(text=("I can",), finish="content_filter", tokens=Tokens(input=3, output=2)),
    "unmeasured": Turn(text=("No counts.",)),
    "many": Turn(text=tuple(f"token{number} " for number in range(400)), tokens=Tokens(input=1, output=400)),
}
