"""Answers that come piece by piece."""

import json
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk
from tests.openai_api.world import World
from tests.support.upstreams.server import Upstream

from chatbox.accounts.tables import User


async def stream(client: AsyncOpenAI, model: str = "plain", **more: Any) -> list[ChatCompletionChunk]:
    messages: Any = [{"role": "user", "content": "Hi"}]
    chunks = await client.chat.completions.create(model=model, messages=messages, stream=True, **more)
    return [chunk async for chunk in chunks]


def text_of(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


async def test_an_answer_comes_in_chunks_that_belong_together(world: World, ann: User, client: AsyncOpenAI):
    provider_id = await world.provider(ann, ["plain"])
    chunks = await stream(client, f"{provider_id}/plain")
    assert text_of(chunks) == "Hello, wörld 你好."
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert {(chunk.id, chunk.created) for chunk in chunks} == {(chunks[0].id, chunks[0].created)}
    assert {chunk.model for chunk in chunks} == {f"{provider_id}/plain"}


async def test_the_role_comes_first_and_once(client: AsyncOpenAI):
    roles = [chunk.choices[0].delta.role for chunk in await stream(client)]
    assert roles == ["assistant", *[None] * (len(roles) - 1)]


async def test_the_reason_comes_last_and_once(client: AsyncOpenAI):
    reasons = [chunk.choices[0].finish_reason for chunk in await stream(client, "length")]
    assert reasons == [*[None] * (len(reasons) - 1), "length"]


async def test_tokens_come_in_a_chunk_of_their_own_when_asked_for(client: AsyncOpenAI):
    *chunks, last = await stream(client, "reasoning", stream_options={"include_usage": True})
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (1200, 500)
    assert all(chunk.usage is None for chunk in chunks)


async def test_tokens_are_not_told_unless_asked_for(client: AsyncOpenAI):
    assert all(chunk.choices and "usage" not in chunk.to_dict() for chunk in await stream(client))


async def test_reasoning_streams_beside_the_answer(client: AsyncOpenAI):
    deltas = [chunk.choices[0].delta.to_dict() for chunk in await stream(client, "reasoning")]
    assert "".join(str(delta.get("reasoning_content", "")) for delta in deltas) == "Let me think.\nYes."


async def test_tool_calls_stream_whole_and_numbered(client: AsyncOpenAI):
    chunks = await stream(client, "tools")
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [(call.index, call.id, call.type) for call in calls] == [
        (0, "call_a", "function"),
        (1, "call_b", "function"),
    ]
    functions = [call.function for call in calls if call.function]
    assert [function.arguments for function in functions] == ['{"city": "Paris"}', '{"zone": "UTC"}']
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_the_official_client_gathers_a_stream_into_an_answer(client: AsyncOpenAI):
    messages: Any = [{"role": "user", "content": "Hi"}]
    async with client.chat.completions.stream(model="tools", messages=messages) as answer:
        completion = await answer.get_final_completion()
    assert completion.choices[0].message.content == "Looking."
    assert [call.function.name for call in completion.choices[0].message.tool_calls or ()] == [
        "get_weather",
        "get_time",
    ]


async def test_a_stream_is_one_that_no_proxy_holds_back_and_ends_with_done(raw: httpx2.AsyncClient):
    wish = {"model": "plain", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    response = await raw.post("/v1/chat/completions", json=wish)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    *lines, done = [line for line in response.text.split("\n\n") if line]
    assert done == "data: [DONE]"
    assert all(json.loads(line.removeprefix("data: "))["choices"] for line in lines)


class TestWhileTheModelIsSilent:
    @pytest.fixture
    def settings(self) -> dict[str, float]:
        return {"heartbeat_seconds": 0.05}

    async def test_a_comment_keeps_the_line_open(self, raw: httpx2.AsyncClient):
        wish = {"model": "silent", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        async with raw.stream("POST", "/v1/chat/completions", json=wish) as response:
            assert response.status_code == 200
            pieces = response.aiter_bytes()
            assert await anext(pieces) == b": heartbeat\n\n"
            assert await anext(pieces) == b": heartbeat\n\n"
            await pieces.aclose()

    async def test_a_comment_comes_in_the_middle_of_an_answer_too(self, raw: httpx2.AsyncClient, upstream: Upstream):
        wish = {"model": "stall", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        read = b""
        async with raw.stream("POST", "/v1/chat/completions", json=wish) as response:
            pieces = response.aiter_bytes()
            while not read.endswith(b": heartbeat\n\n"):
                read += await anext(pieces)
            await pieces.aclose()
        assert b'"content":"Hello' in read
