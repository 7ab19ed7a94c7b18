"""A client that hangs up: nobody reads the answer any more, so nobody pays for it."""

import asyncio
import json
import socket
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI
from tests.openai_api.world import PATIENCE_SECONDS, World
from tests.support.upstreams.frames_openai import chunk
from tests.support.upstreams.server import Upstream

from chatbox.accounts.tables import User

HI: Any = [{"role": "user", "content": "Hi"}]


async def closes(upstream: Upstream) -> bool:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await upstream.client_closed.wait()


async def test_leaving_a_stream_leaves_the_provider(client: AsyncOpenAI, upstream: Upstream):
    chunks = await client.chat.completions.create(model="slow", messages=HI, stream=True)
    await anext(chunks)
    await chunks.close()
    assert await closes(upstream)


async def test_leaving_a_stream_that_stands_still_leaves_the_provider(client: AsyncOpenAI, upstream: Upstream):
    chunks = await client.chat.completions.create(model="stall", messages=HI, stream=True)
    await anext(chunks)
    await chunks.close()
    assert await closes(upstream)


@pytest.mark.parametrize("is_streamed", [True, False])
async def test_leaving_before_the_first_word_leaves_the_provider(
    raw: httpx2.AsyncClient, upstream: Upstream, is_streamed: bool
):
    wish = {"model": "silent", "messages": HI, "stream": is_streamed}
    asking = asyncio.ensure_future(raw.post("/v1/chat/completions", json=wish))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await upstream.stalled.wait()
    asking.cancel()
    await asyncio.wait([asking])
    assert await closes(upstream)


async def test_whoever_left_counts_no_more(world: World, ann: User, client: AsyncOpenAI, upstream: Upstream):
    chunks = await client.chat.completions.create(model="stall", messages=HI, stream=True)
    await anext(chunks)
    await chunks.close()
    assert await closes(upstream)
    assert (await client.chat.completions.create(model="plain", messages=HI)).choices
    assert ann.id not in world.completions._running


async def test_streams_hold_no_connection_to_the_database(client: AsyncOpenAI):
    # The pool of this test has one connection.
    streams = [await client.chat.completions.create(model="stall", messages=HI, stream=True) for _ in range(5)]
    firsts = [await anext(stream) for stream in streams]
    assert len({chunk.id for chunk in firsts}) == 5
    for stream in streams:
        await stream.close()


class TestAClientThatTakesNothing:
    @pytest.fixture
    def settings(self) -> dict[str, float]:
        return {"slowest_client_seconds": 0.2}

    async def test_is_given_up(self, world: World, ann: User, upstream: Upstream):
        upstream.frames_of["many"] = [chunk({"content": "x" * 65536})] * 400  # far more than all buffers on the way
        body = json.dumps({"model": "many", "stream": True, "messages": HI}).encode()
        head = f"Host: x\r\nAuthorization: Bearer {await world.key(ann)}\r\nContent-Type: application/json\r\n"
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", int(world.url.rpartition(":")[2])))
            request = f"POST /v1/chat/completions HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
            client.sendall(request.encode() + body)
            assert await closes(upstream)
