"""Whatever goes wrong with a tool becomes an answer that the model can read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from chatbox.kernel.ids import new_id
from chatbox.providers.port import ToolCall, ToolSpec
from chatbox.tools.calling import LARGEST_RESULT, call_tool, cut
from chatbox.tools.port import ToolContext, ToolOutput, ToolRefused

Work = Callable[[Mapping[str, object]], Awaitable[ToolOutput]]
_CONTEXT = ToolContext(new_id(), new_id(), 50_000)


@dataclass
class Probe:
    work: Work

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec("probe", "A probe.", {"type": "object"})

    async def call(self, context: ToolContext, arguments: Mapping[str, object]) -> ToolOutput:
        return await self.work(arguments)


async def told(work: Work, arguments: str = "{}", name: str = "probe") -> ToolOutput:
    return await call_tool({"probe": Probe(work)}, ToolCall("c1", name, arguments), _CONTEXT)


async def echo(arguments: Mapping[str, object]) -> ToolOutput:
    return ToolOutput(repr(dict(arguments)))


async def test_a_tool_gets_its_arguments_and_its_answer_is_told() -> None:
    assert await told(echo, '{"a": 1}') == ToolOutput("{'a': 1}")


async def test_no_arguments_are_none() -> None:
    assert await told(echo, " ") == ToolOutput("{}")


@pytest.mark.parametrize("arguments", ["{", "nonsense", "[1]", '"text"', "null", "[" * 100_000])
async def test_bad_arguments_are_told_to_the_model(arguments: str) -> None:
    output = await told(echo, arguments)

    assert output.is_error
    assert "JSON" in output.text


async def test_a_tool_that_was_not_offered_is_told_with_those_that_were() -> None:
    output = await told(echo, name="rm -rf")

    assert output == ToolOutput("There is no tool of this name. The tools are: probe.", is_error=True)


async def test_a_refusal_is_told() -> None:
    async def refuse(_: Mapping[str, object]) -> ToolOutput:
        raise ToolRefused("Not so.")

    assert await told(refuse) == ToolOutput("Not so.", is_error=True)


async def test_a_tool_that_breaks_takes_nothing_with_it(caplog: pytest.LogCaptureFixture) -> None:
    async def break_(_: Mapping[str, object]) -> ToolOutput:
        raise ZeroDivisionError

    assert await told(break_) == ToolOutput("The tool failed.", is_error=True)


async def test_a_tool_that_hangs_is_given_up() -> None:
    async def hang(_: Mapping[str, object]) -> ToolOutput:
        await asyncio.Event().wait()
        raise AssertionError

    output = await call_tool({"probe": Probe(hang)}, ToolCall("c1", "probe", "{}"), _CONTEXT, seconds=0.01)

    assert output.is_error
    assert "did not answer" in output.text


@pytest.mark.parametrize("text", ["x" * 60_000, "你" * 40_000, "😀" * 20_000])
def test_a_long_answer_is_cut_and_says_so(text: str) -> None:
    short = cut(text, 100_000)

    assert len(short.encode()) <= LARGEST_RESULT
    assert short.startswith(text[:1000])
    assert short.endswith("ask for less at once.]")


def test_an_answer_is_cut_to_the_room_there_is() -> None:
    assert len(cut("x" * 5000, 1000)) == 1000
    assert cut("x" * 1000, 1000) == "x" * 1000
