"""A model that plays a script: always the same words at the same pace. It is the demo, the e2e and the bench model.

The name of the model is the scenario, with numbers behind it where it takes some: `scripted/paced-50` says fifty tokens
a second, `scripted/paced-50-1000` a thousand of them. It needs no network, and is offered only if settings ask for it.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from chatbox.providers.port import (
    ChatRequest,
    Endpoint,
    Finished,
    ModelError,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    ModelNotFound,
    ModelRateLimited,
    ModelUsage,
    ReasoningDelta,
    StreamBroken,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDone,
    Waiting,
)
from chatbox.providers.scripted_samples import MARKDOWN, long_markdown

KIND = "scripted"
PREFIX = "scripted/"

_WORD = re.compile(r"\S+\s*|\s+")
_NAME = re.compile(r"(?P<name>[a-z]+(?:-[a-z]+)*)(?P<numbers>(?:-\d{1,9}k?)*)")
_LONGEST = 10_000_000
_FOREVER_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at a moment, in seconds since the answer began. An error ends the answer."""

    at: float
    what: ModelEvent | ModelError


Script = Callable[[ChatRequest, list[int]], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """A `ChatModel` of scripts. `sleep` and `clock` (seconds) are given so that a test need not wait."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        started = self.clock()
        has_spoken = False
        for step in script_of(request):
            wait = started + step.at - self.clock()
            # A script that is behind its time still lets others run.
            await self.sleep(max(wait, 0.0))
            if isinstance(step.what, ModelError):
                step.what.partial = has_spoken
                raise step.what
            yield step.what
            has_spoken = has_spoken or not isinstance(step.what, Waiting)

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        """Every scenario, with the numbers that show it best; the endpoint does not matter."""
        del endpoint
        return [
            ModelInfo(name, context_window=128_000, max_output=_LONGEST, calls_tools=name == "tool") for name in _SHOWN
        ]


def script_of(request: ChatRequest) -> Iterator[Step]:
    """The steps of the scenario that a model's name asks for. Raises `ModelNotFound`."""
    asked = request.model.removeprefix(PREFIX)
    found = _NAME.fullmatch(asked)
    script = _SCRIPTS.get(found["name"]) if found else None
    if found is None or script is None:
        raise ModelNotFound(f"there is no scripted model {asked!r}")
    numbers = [_size(word) for word in found["numbers"].split("-") if word]
    return script(request, numbers)


def _size(word: str) -> int:
    return min(int(word.removesuffix("k")) * (1000 if word.endswith("k") else 1), _LONGEST)


def _at(numbers: list[int], place: int, otherwise: int) -> int:
    return numbers[place] if place < len(numbers) else otherwise


def _say(pieces: Iterator[str], pause: float, *, begin: float = 0.0, counted: int = 0) -> Iterator[Step]:
    """The pieces one after another, then the end of the answer."""
    number = 0
    for number, piece in enumerate(pieces, 1):
        yield Step(begin + number * pause, TextDelta(piece))
    usage = ModelUsage(input=8, output=number + counted, cached=0, reasoning=counted)
    yield Step(begin + number * pause, Finished("stop", usage))


def _tokens(count: int) -> Iterator[str]:
    return (f"token{number} " for number in range(count))


def _words(text: str) -> Iterator[str]:
    return (found.group() for found in _WORD.finditer(text))


def _last_text(request: ChatRequest) -> str:
    asked: ModelMessage | None = next((said for said in reversed(request.messages) if said.role == "user"), None)
    return "" if asked is None else "".join(part.text for part in asked.parts if isinstance(part, Text))


def _echo(request: ChatRequest, _: list[int]) -> Iterator[Step]:
    return _say(_words(_last_text(request)), 0.005)


def _fast(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """fast-COUNT: as fast as it goes."""
    return _say(_tokens(_at(numbers, 0, 1000)), 0.0)


def _paced(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """paced-RATE-COUNT: so many tokens a second."""
    return _say(_tokens(_at(numbers, 1, 500)), 1 / max(_at(numbers, 0, 50), 1))


def _slow(_: ChatRequest, __: list[int]) -> Iterator[Step]:
    return _say(_tokens(60), 0.5)


def _markdown(_: ChatRequest, __: list[int]) -> Iterator[Step]:
    return _say(_words(MARKDOWN), 0.01)


def _long(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """long-SIZE: so many characters of Markdown, forty at a time, two hundred times a second."""
    text = long_markdown(_at(numbers, 0, 200_000))
    return _say((text[start : start + 40] for start in range(0, len(text), 40)), 0.005)


def _reasoning(_: ChatRequest, __: list[int]) -> Iterator[Step]:
    thoughts = list(_words("The question is short. First I look at it from the left, then from the right. Both agree."))
    for number, thought in enumerate(thoughts, 1):
        yield Step(number * 0.02, ReasoningDelta(thought))
    yield from _say(_words("The answer is **42**."), 0.02, begin=len(thoughts) * 0.02, counted=len(thoughts))


def _tool(request: ChatRequest, _: list[int]) -> Iterator[Step]:
    """Calls the first tool on offer once, then tells that it answered."""
    has_answer = bool(request.messages) and request.messages[-1].role == "tool"
    if has_answer or not request.tools:
        yield from _say(_words("The tool has answered." if has_answer else "There is no tool."), 0.01)
        return
    call = ToolCall("call_scripted_1", request.tools[0].name, "{}")
    yield Step(0.01, TextDelta("I ask the tool. "))
    yield Step(0.05, ToolCallDone(call))
    yield Step(0.05, Finished("tool_calls", ModelUsage(input=8, output=4)))


def _queue(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """queue-LENGTH: waits for others before it answers."""
    length = _at(numbers, 0, 3)
    for passed in range(length):
        yield Step(passed * 0.2, Waiting(length - passed))
    yield from _say(_words("It was my turn."), 0.01, begin=length * 0.2)


def _fail_after(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """fail-after-COUNT: breaks once it said so many tokens."""
    count = _at(numbers, 0, 10)
    for number, piece in enumerate(_tokens(count), 1):
        yield Step(number * 0.01, TextDelta(piece))
    yield Step(count * 0.01, StreamBroken("the script ends here"))


def _limited(_: ChatRequest, numbers: list[int]) -> Iterator[Step]:
    """limited-SECONDS: says to come back after so many seconds."""
    yield Step(0.0, ModelRateLimited("the script allows no more", status=429, retry_after=_at(numbers, 0, 600)))


def _hang(_: ChatRequest, __: list[int]) -> Iterator[Step]:
    """Says nothing at all, until it is stopped."""
    yield Step(_FOREVER_S, Finished("stop", None))


_SCRIPTS: dict[str, Script] = {
    "echo": _echo,
    "fail-after": _fail_after,
    "fast": _fast,
    "hang": _hang,
    "limited": _limited,
    "long": _long,
    "markdown": _markdown,
    "paced": _paced,
    "queue": _queue,
    "reasoning": _reasoning,
    "slow": _slow,
    "tool": _tool,
}
_SHOWN = (
    "echo",
    "markdown",
    "reasoning",
    "paced-50",
    "slow",
    "long-200k",
    "tool",
    "queue-3",
    "fail-after-10",
    "limited-600",
    "hang",
)
