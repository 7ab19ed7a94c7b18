"""Failures in the shape, with the codes and the statuses that OpenAI's clients go by."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from openai import (
    APIError,
    APIStatusError,
    AsyncOpenAI,
    AsyncStream,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from openai.types.chat import ChatCompletionChunk
from tests.openai_api.world import LARGEST_BODY, World
from tests.support.upstreams.server import Upstream

from chatbox.accounts.tables import User

HI: Any = [{"role": "user", "content": "Hi"}]


async def refusal(client: AsyncOpenAI, model: str, *, stream: bool = False, **more: Any) -> APIStatusError:
    with pytest.raises(APIStatusError) as caught:
        await client.chat.completions.create(model=model, **{"messages": HI, **more}, stream=stream)
    return caught.value


async def gather(chunks: AsyncStream[ChatCompletionChunk], pieces: list[str]) -> None:
    async for chunk in chunks:
        pieces += chunk.choices[0].delta.content or ""


async def test_a_wrong_key_is_refused(world: World):
    async with world.client("cb-wrong") as stranger:
        error = await refusal(stranger, "plain")
    assert isinstance(error, AuthenticationError)
    assert (error.code, error.type, error.param) == ("invalid_api_key", "invalid_request_error", None)
    assert error.response.headers["www-authenticate"] == "Bearer"


async def test_a_request_without_a_key_is_refused(world: World):
    async with httpx2.AsyncClient(base_url=world.url) as stranger:
        response = await stranger.get("/v1/models")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_key_that_may_only_read_may_not_ask(world: World, ann: User):
    async with world.client(await world.key(ann, "read")) as reader:
        error = await refusal(reader, "plain")
    assert isinstance(error, PermissionDeniedError)
    assert (error.code, error.type) == ("scope_missing", "permission_error")


async def test_an_unknown_model_is_not_found(client: AsyncOpenAI):
    error = await refusal(client, "no-such-model")
    assert isinstance(error, NotFoundError)
    assert (error.code, error.type) == ("model_not_found", "invalid_request_error")


async def test_another_persons_model_is_not_found(world: World, ann: User):
    provider_id = await world.provider(ann, ["plain"])
    bob = await world.person("bob@example.org")
    async with world.client(await world.key(bob)) as program:
        by_id = await refusal(program, f"{provider_id}/plain")
        by_name = await refusal(program, "plain")
    assert (by_id.status_code, by_id.code) == (by_name.status_code, by_name.code) == (404, "model_not_found")


async def test_a_failure_is_told_in_the_callers_language(world: World, ann: User):
    async with world.client(await world.key(ann), accept_language="zh-CN") as program:
        error = await refusal(program, "no-such-model")
    assert "模型" in error.message
    assert error.response.headers["content-language"] == "zh-CN"


@pytest.mark.parametrize("is_streamed", [True, False])
class TestAProviderThatFails:
    async def test_when_it_is_asked_too_often(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "limited", stream=is_streamed)
        assert isinstance(error, RateLimitError)
        assert (error.code, error.type) == ("rate_limit_exceeded", "rate_limit_error")

    async def test_when_it_says_how_long_to_wait(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "retry-after-600", stream=is_streamed)
        assert (error.status_code, error.response.headers["retry-after"]) == (429, "600")

    async def test_when_its_account_is_empty(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "status-402", stream=is_streamed)
        assert (error.status_code, error.code, error.type) == (429, "insufficient_quota", "insufficient_quota")
        assert error.response.headers["x-should-retry"] == "false"

    async def test_when_it_breaks(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "status-500", stream=is_streamed)
        assert isinstance(error, InternalServerError)
        assert (error.status_code, error.code, error.type) == (502, "model_server_failed", "server_error")
        assert "scripted failure" in error.message
        assert "x-should-retry" not in error.response.headers

    async def test_when_it_refuses_its_own_key(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "status-401", stream=is_streamed)
        assert (error.status_code, error.code) == (502, "model_auth_failed")
        assert error.response.headers["x-should-retry"] == "false"

    async def test_when_the_conversation_is_too_long_for_it(self, client: AsyncOpenAI, is_streamed: bool):
        error = await refusal(client, "context-overflow", stream=is_streamed)
        assert isinstance(error, BadRequestError)
        assert error.code == "context_length_exceeded"


@pytest.mark.parametrize("model", ["cut", "reset", "error-inside"])
async def test_a_stream_that_breaks_ends_with_an_error(client: AsyncOpenAI, model: str):
    chunks = await client.chat.completions.create(model=model, messages=HI, stream=True)
    pieces: list[str] = []
    with pytest.raises(APIError) as caught:
        await gather(chunks, pieces)
    assert "".join(pieces) == "Hello, "
    assert caught.value.type == "server_error"


async def test_a_broken_stream_does_not_claim_to_be_done(raw: httpx2.AsyncClient):
    wish = {"model": "cut", "stream": True, "messages": HI}
    response = await raw.post("/v1/chat/completions", json=wish)
    last = response.text.strip().split("\n\n")[-1]
    assert last.startswith('data: {"error":{"message":')
    assert '"code":"stream_broken"' in last


async def test_a_whole_answer_that_breaks_is_an_error(client: AsyncOpenAI):
    error = await refusal(client, "cut")
    assert (error.status_code, error.code) == (502, "stream_broken")


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": HI, "temperature": 3}, "temperature"),
        ({"messages": HI, "n": 2}, "n"),
        ({"messages": HI, "max_tokens": 0}, "max_tokens"),
        ({"messages": HI, "stop": [""]}, "stop[0]"),
        ({"messages": HI, "tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"messages": HI * 2001}, "messages"),
    ],
)
async def test_a_faulty_field_is_named_as_the_client_wrote_it(client: AsyncOpenAI, wish: dict[str, Any], param: str):
    error = await refusal(client, "plain", **wish)
    assert isinstance(error, BadRequestError)
    assert (error.code, error.type, error.param) == ("invalid_value", "invalid_request_error", param)


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"\xff", b'"text"'])
async def test_a_body_that_is_no_request_is_refused(raw: httpx2.AsyncClient, body: bytes):
    headers = {"content-type": "application/json"}
    response = await raw.post("/v1/chat/completions", content=body, headers=headers)
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", None)


async def test_a_body_that_grows_too_large_is_refused(raw: httpx2.AsyncClient):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 2**16 + 1):
            yield b" " * 2**16

    headers = {"content-type": "application/json"}
    response = await raw.post("/v1/chat/completions", content=endless(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


async def test_what_is_not_served_is_refused_in_the_same_shape(client: AsyncOpenAI):
    with pytest.raises(NotFoundError) as caught:
        await client.embeddings.create(model="plain", input="Hi")
    assert caught.value.code == "not_found"


class TestWithOneAnswerAtOnce:
    @pytest.fixture
    def settings(self) -> dict[str, float]:
        return {"most_at_once": 1}

    async def test_the_next_one_is_told_to_wait(self, client: AsyncOpenAI, upstream: Upstream):
        async with asyncio.timeout(10):
            first = await client.chat.completions.create(model="stall", messages=HI, stream=True)
            await anext(first)
            error = await refusal(client, "plain")
            await first.close()
        assert isinstance(error, RateLimitError)
        assert (error.code, error.response.headers["retry-after"]) == ("rate_limit_exceeded", "5")

    async def test_another_person_is_served(self, world: World, ann: User, client: AsyncOpenAI):
        await world.provider(ann, ["plain"], shared=True)
        bob = await world.person("bob@example.org")
        first = await client.chat.completions.create(model="stall", messages=HI, stream=True)
        await anext(first)
        async with world.client(await world.key(bob)) as program:
            assert (await program.chat.completions.create(model="plain", messages=HI)).choices
        await first.close()
