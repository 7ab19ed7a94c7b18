"""The scripted model: the same words at the same moments, every time."""

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest
from tests.providers.conftest import question

from chatbox.providers.port import (
    Endpoint,
    Finished,
    ModelError,
    ModelEvent,
    ModelMessage,
    ModelNotFound,
    ModelRateLimited,
    ReasoningDelta,
    StreamBroken,
    Text,
    TextDelta,
    ToolCallDone,
    ToolResult,
    ToolSpec,
    Waiting,
)
from chatbox.providers.scripted import ScriptedModel
from chatbox.providers.scripted_samples import MARKDOWN


class Clock:
    """A time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def play(name: str, **fields: object) -> tuple[list[tuple[float, ModelEvent]], ModelError | None]:
    """Every event with the second it came at, and the error at the end."""
    clock = Clock()
    heard: list[tuple[float, ModelEvent]] = []
    try:
        async for event in ScriptedModel(clock.sleep, clock).stream(question("", f"scripted/{name}", **fields)):
            heard.append((clock.now, event))  # noqa: PERF401  # what came before an error is kept
    except ModelError as error:
        return heard, error
    return heard, None


def text_of(heard: list[tuple[float, ModelEvent]]) -> str:
    return "".join(event.text for _, event in heard if isinstance(event, TextDelta))


async def test_echo_says_what_was_said_last() -> None:
    messages = [ModelMessage("user", (Text("first"),)), ModelMessage("user", (Text("say  this\nagain"),))]
    heard, _ = await play("echo", messages=messages)
    assert text_of(heard) == "say  this\nagain"


async def test_paced_keeps_its_rate() -> None:
    heard, _ = await play("paced-20-5")
    assert [round(at, 3) for at, event in heard if isinstance(event, TextDelta)] == [0.05, 0.1, 0.15, 0.2, 0.25]


async def test_the_markdown_sample_comes_whole() -> None:
    heard, _ = await play("markdown")
    assert text_of(heard) == MARKDOWN


async def test_a_long_answer_has_the_length_that_its_name_asks_for() -> None:
    heard, _ = await play("long-200k")
    assert len(text_of(heard)) == 200_000


async def test_reasoning_comes_before_the_answer() -> None:
    heard, _ = await play("reasoning")
    kinds = [type(event) for _, event in heard]
    assert kinds == sorted(kinds, key=[ReasoningDelta, TextDelta, Finished].index)
    assert set(kinds) == {ReasoningDelta, TextDelta, Finished}


async def test_the_tool_is_called_once_and_then_told_of() -> None:
    tool = ToolSpec("clock", "Tells the time", {"type": "object"})
    heard, _ = await play("tool", tools=[tool])
    assert [event.call.name for _, event in heard if isinstance(event, ToolCallDone)] == ["clock"]
    result = ToolResult("call_scripted_1", "clock", (Text("noon"),))
    answered, _ = await play("tool", tools=[tool], messages=[ModelMessage("tool", (result,))])
    assert text_of(answered) == "The tool has answered."


async def test_a_queue_moves_up_before_the_answer() -> None:
    heard, _ = await play("queue-3")
    assert [event.position for _, event in heard if isinstance(event, Waiting)] == [3, 2, 1]
    assert text_of(heard) == "It was my turn."


async def test_a_failure_comes_after_the_tokens_its_name_asks_for() -> None:
    heard, error = await play("fail-after-3")
    assert text_of(heard) == "token0 token1 token2 "
    assert isinstance(error, StreamBroken)
    assert error.partial is True


async def test_a_failure_before_the_first_token_is_not_partial() -> None:
    heard, error = await play("fail-after-0")
    assert heard == []
    assert error is not None
    assert error.partial is False


async def test_a_limit_says_when_to_come_back() -> None:
    _, error = await play("limited-90")
    assert isinstance(error, ModelRateLimited)
    assert error.retry_after == 90


@pytest.mark.parametrize("name", ["unknown", "", "paced-", "-5", "paced-12345678901", "../echo"])
async def test_a_name_without_a_script_is_not_found(name: str) -> None:
    _, error = await play(name)
    assert isinstance(error, ModelNotFound)


@pytest.mark.parametrize("name", ["echo", "markdown", "reasoning", "paced-50", "slow", "long-200k", "tool", "queue-3"])
async def test_every_whole_script_ends_once_and_never_goes_back_in_time(name: str) -> None:
    heard, error = await play(name)
    assert error is None
    assert isinstance(heard[-1][1], Finished)
    assert sum(isinstance(event, Finished) for _, event in heard) == 1
    assert all(before <= after for (before, _), (after, _) in pairwise(heard))


async def test_the_same_name_plays_the_same_again() -> None:
    assert await play("markdown") == await play("markdown")


async def test_a_hanging_answer_can_be_stopped() -> None:
    stream = ScriptedModel().stream(question("", "scripted/hang"))
    async with aclosing(stream):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream)


async def test_every_listed_model_has_a_script() -> None:
    models = await ScriptedModel().list_models(Endpoint(""))
    assert len(models) > 5
    for model in models:
        heard, error = await play(model.name.removeprefix("scripted/"))
        assert heard or isinstance(error, ModelRateLimited)
