"""Ollama's own ways: a window that holds the conversation, and models that are described one by one."""

import json

import pytest
from tests.providers.conftest import KEY, Ask, question
from tests.support.upstreams.adapters import numbered
from tests.support.upstreams.frames_ollama import line, piece
from tests.support.upstreams.server import Upstream

from chatbox.providers.http import ProviderHttp
from chatbox.providers.ollama import OllamaNative, window_for
from chatbox.providers.port import (
    Endpoint,
    Image,
    ModelInfo,
    ModelMessage,
    ModelNotFound,
    ModelRequestRefused,
    ModelServerFailed,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)


@pytest.fixture
def model(http: ProviderHttp) -> OllamaNative:
    return OllamaNative(http, call_ids=numbered())


def sent_by(**fields: object) -> dict[str, object]:
    """The body that Ollama would get."""
    whole = question("http://x", str(fields.pop("model", "qwen3")), **fields)
    body: dict[str, object] = json.loads(OllamaNative(None)._call(whole).body)  # type: ignore[arg-type]  # no call is made
    return body


async def test_reasoning_in_tags_is_parted_from_the_answer(model: OllamaNative, ask: Ask, upstream: Upstream) -> None:
    said = [piece(content=text) for text in ("<think>", "Hm", "m.", "</think>", "Yes.")]
    upstream.frames_of["m"] = [*said, line(done=True, done_reason="stop")]
    heard = await ask(model, "m")
    assert (heard.reasoning, heard.text) == ("Hmm.", "Yes.")


async def test_a_last_line_without_its_line_feed_is_read(model: OllamaNative, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [piece(content="Hi"), line(done=True).rstrip(b"\n")]
    assert (await ask(model, "m")).finished.reason == "stop"


async def test_an_unloaded_model_is_no_answer_that_ended_well(
    model: OllamaNative, ask: Ask, upstream: Upstream
) -> None:
    upstream.frames_of["m"] = [line(message={"role": "assistant", "content": ""}, done=True, done_reason="load")]
    assert (await ask(model, "m")).finished.reason == "other"


async def test_an_error_line_is_an_error(model: OllamaNative, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [b'{"error":"model requires more system memory"}\n']
    heard = await ask(model, "m")
    assert isinstance(heard.failed, ModelServerFailed)
    assert heard.failed.detail == "model requires more system memory"


async def test_a_missing_model_is_not_found(model: OllamaNative, ask: Ask) -> None:
    assert isinstance((await ask(model, "status-404")).failed, ModelNotFound)


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/chat", "/v1"])
async def test_an_address_is_understood_whatever_it_ends_with(
    model: OllamaNative, ask: Ask, upstream: Upstream, ending: str
) -> None:
    await ask(model, "plain", endpoint=Endpoint(f"{upstream.url}{ending}", KEY, is_trusted=True))
    assert upstream.requests[0].path == "/api/chat"
    assert upstream.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_conversation_is_told_in_ollamas_words() -> None:
    messages = [
        ModelMessage("system", (Text("Be brief."),)),
        ModelMessage("user", (Text("What?"), Image("image/png", data=b"png"))),
        ModelMessage("assistant", (Thinking("Hmm."), Text("Looking."), ToolCall("a", "look", '{"x":1}'))),
        ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."), Image("image/png", data=b"cat"))),)),
        ModelMessage("assistant", (Thinking("only a thought"),)),
        ModelMessage("user", (Text("Sure?"),)),
    ]
    sent = sent_by(messages=messages, tools=[ToolSpec("look", "Looks", {"type": "object"})], stop=["END"], top_p=0.5)
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What?", "images": ["cG5n"]},
        {
            "role": "assistant",
            "content": "Looking.",
            "tool_calls": [{"function": {"name": "look", "arguments": {"x": 1}}}],
        },
        {"role": "tool", "tool_name": "look", "content": "A cat.", "images": ["Y2F0"]},
        {"role": "user", "content": "Sure?"},
    ]
    assert sent["tools"] == [
        {"type": "function", "function": {"name": "look", "description": "Looks", "parameters": {"type": "object"}}}
    ]
    assert sent["options"] == {"num_ctx": 8192, "top_p": 0.5, "stop": ["END"]}


def test_a_picture_that_is_only_an_address_is_refused() -> None:
    with pytest.raises(ModelRequestRefused):
        sent_by(messages=[ModelMessage("user", (Image("image/png", url="https://x/y"),))])


@pytest.mark.parametrize(
    ("name", "effort", "expected"),
    [("qwen3", "off", False), ("qwen3", "low", True), ("gpt-oss:20b", "low", "low"), ("gpt-oss:20b", "off", False)],
)
def test_thinking_is_switched_as_the_model_knows_it(name: str, effort: str, expected: bool | str) -> None:
    assert sent_by(model=name, reasoning=effort)["think"] == expected


def test_thinking_is_left_to_the_model_unless_asked() -> None:
    assert "think" not in sent_by()


@pytest.mark.parametrize(
    ("words", "max_tokens", "window"),
    [(10, None, 8192), (10_000, None, 32768), (10, 10_000, 16384), (1_000_000, None, 262144)],
)
def test_the_window_grows_in_few_steps_with_what_it_must_hold(words: int, max_tokens: int | None, window: int) -> None:
    messages = [ModelMessage("user", (Text("word " * words),))]
    assert window_for(question("", "m", messages=messages, max_tokens=max_tokens)) == window


def test_the_window_counts_tools_pictures_and_what_they_answered() -> None:
    parts = (
        ToolCall("a", "t", '{"x": "%s"}' % ("y" * 9000)),
        ToolResult("a", "t", (Text("z" * 9000), Image("image/png", data=b"p"))),
    )
    messages = [ModelMessage("assistant", parts[:1]), ModelMessage("tool", parts[1:])]
    tool = ToolSpec("t", "", {"description": "d" * 3000})
    assert window_for(question("", "m", messages=messages, tools=[tool])) == 16384


async def test_models_are_listed_with_what_each_says_of_itself(model: OllamaNative, upstream: Upstream) -> None:
    upstream.pages["/api/tags"] = b'{"models":[{"name":"qwen3:8b"},{"name":"llava"}]}'
    upstream.pages["/api/show"] = json.dumps(
        {"capabilities": ["completion", "tools", "thinking"], "model_info": {"qwen3.context_length": 40960, "x": None}}
    ).encode()
    models = await model.list_models(Endpoint(upstream.url, is_trusted=True))
    assert models == [ModelInfo(name, None, 40960, None, False, True, True) for name in ("qwen3:8b", "llava")]


async def test_a_model_that_cannot_be_described_is_still_listed(model: OllamaNative, upstream: Upstream) -> None:
    upstream.pages["/api/tags"] = b'{"models":[{"name":"qwen3:8b"}]}'
    upstream.pages["/api/show"] = b"<html></html>"
    assert await model.list_models(Endpoint(upstream.url, is_trusted=True)) == [ModelInfo("qwen3:8b")]
