"""Pictures in a question: sent along, or left for the provider to fetch."""

from base64 import b64encode
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError
from tests.support.upstreams.server import Upstream

from chatbox.kernel.outbound import AddressJudge
from chatbox.openai_api.conversation import read_messages
from chatbox.openai_api.errors import BadImage
from chatbox.openai_api.schemas import Message

PIXEL = f"data:image/png;base64,{b64encode(b'picture').decode()}"


async def show(client: AsyncOpenAI, image_url: Any) -> None:
    content: Any = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": image_url}]
    await client.chat.completions.create(model="plain", messages=[{"role": "user", "content": content}])


def seen(upstream: Upstream) -> object:
    messages: Any = upstream.requests[-1].json["messages"]
    return messages[-1]["content"][1]["image_url"]["url"]


async def test_a_picture_is_sent_along(client: AsyncOpenAI, upstream: Upstream):
    await show(client, {"url": PIXEL, "detail": "low"})
    assert seen(upstream) == PIXEL


async def test_a_pictures_address_is_left_to_the_provider(client: AsyncOpenAI, upstream: Upstream):
    await show(client, {"url": "https://example.org/cat.webp"})
    assert seen(upstream) == "https://example.org/cat.webp"


async def test_a_picture_may_be_a_bare_string(client: AsyncOpenAI, upstream: Upstream):
    await show(client, PIXEL)
    assert seen(upstream) == PIXEL


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/cat.png",
        "https://[::ffff:169.254.169.254]/latest",
        "https://2130706433/cat.png",
        "https://192.168.1.4/cat.png",
        "https://me:secret@example.org/cat.png",
        "https://example.org:8443/cat.png",
        "http://example.org/cat.png",
        "file:///etc/passwd",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,???",
        "data:image/png;base64,",
        "data:image/png,raw",
        "https://example.org/" + "x" * 9000,
    ],
)
def test_a_picture_that_is_no_picture_is_refused(url: str):
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    message = Message.model_validate({"role": "user", "content": content})
    with pytest.raises(BadImage) as caught:
        read_messages([message], AddressJudge())
    assert caught.value.params == {"param": "messages[0].content[1].image_url.url"}


async def test_a_picture_part_without_a_picture_is_refused(client: AsyncOpenAI):
    with pytest.raises(BadRequestError) as caught:
        await show(client, None)
    assert (caught.value.code, caught.value.param) == ("bad_image", "messages[0].content[1].image_url.url")
