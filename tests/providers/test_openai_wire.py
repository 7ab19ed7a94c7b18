"""What OpenAI-compatible servers take liberties with, and what each of them wants to be asked."""

import json

import pytest
from tests.providers.conftest import KEY, Ask, question
from tests.support.upstreams.adapters import numbered
from tests.support.upstreams.frames_openai import call_piece, chunk
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.wires import sse

from chatbox.providers.http import ProviderHttp
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.openai_dialect import api_root
from chatbox.providers.openai_models import read_models
from chatbox.providers.port import (
    Endpoint,
    Image,
    ModelInfo,
    ModelMessage,
    ModelOverloaded,
    ModelQuotaExceeded,
    ModelRequestRefused,
    ModelUsage,
    ReasoningDelta,
    StreamBroken,
    Text,
    TextDelta,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)

DONE = b"data: [DONE]\n\n"
STOP = chunk({}, "stop")


@pytest.fixture
def model(http: ProviderHttp) -> OpenAIChat:
    return OpenAIChat(http, call_ids=numbered())


def sent_by(base_url: str, **fields: object) -> dict[str, object]:
    """The body that a server at this address would get."""
    endpoint = Endpoint(base_url, KEY, is_trusted=True)
    whole = question(base_url, str(fields.pop("model", "m")), endpoint=endpoint, **fields)
    body: dict[str, object] = json.loads(OpenAIChat(None)._call(whole).body)  # type: ignore[arg-type]  # no call is made
    return body


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_read_under_either_name(model: OpenAIChat, ask: Ask, upstream: Upstream, field: str) -> None:
    upstream.frames_of["m"] = [chunk({field: "Hmm."}), chunk({"content": "Yes."}), STOP, DONE]
    heard = await ask(model, "m")
    assert heard.events[:2] == [ReasoningDelta("Hmm."), TextDelta("Yes.")]


async def test_reasoning_under_both_names_is_taken_once(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [chunk({"reasoning_content": "Hmm.", "reasoning": "Hmm."}), STOP, DONE]
    assert (await ask(model, "m")).reasoning == "Hmm."


async def test_reasoning_in_tags_is_parted_from_the_answer(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    pieces = ("<th", "ink>\nHm", "m.\n</", "think>\n\nY", "es.")
    upstream.frames_of["m"] = [*(chunk({"content": piece}) for piece in pieces), STOP, DONE]
    heard = await ask(model, "m")
    assert (heard.reasoning, heard.text) == ("Hmm.\n", "Yes.")


async def test_reasoning_as_a_list_of_parts_is_read(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hmm."}]}
    said = {"type": "text", "text": "Yes."}
    upstream.frames_of["m"] = [chunk({"content": [thinking]}), chunk({"content": [said]}), STOP, DONE]
    heard = await ask(model, "m")
    assert (heard.reasoning, heard.text) == ("Hmm.", "Yes.")


async def test_comments_carriage_returns_and_missing_spaces_are_taken(
    model: OpenAIChat, ask: Ask, upstream: Upstream
) -> None:
    tight = [frame.replace(b"data: ", b"data:").replace(b"\n", b"\r\n") for frame in (chunk({"content": "Hi"}), STOP)]
    upstream.frames_of["m"] = [b": OPENROUTER PROCESSING\n\n", *tight, b"data:[DONE]\r\n\r\n"]
    heard = await ask(model, "m")
    assert heard.text == "Hi"
    assert heard.finished.reason == "stop"


async def test_counts_after_the_finish_mark_are_kept(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    counts = {"prompt_tokens": 10, "completion_tokens": 4, "prompt_cache_hit_tokens": 8}
    upstream.frames_of["m"] = [chunk({"content": "Hi"}), STOP, sse({"choices": [], "usage": counts}), DONE]
    assert (await ask(model, "m")).finished.usage == ModelUsage(10, 4, 8, None)


async def test_counts_inside_a_choice_are_kept(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    choice = {"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    upstream.frames_of["m"] = [chunk({"content": "Hi"}), sse({"choices": [choice]}), DONE]
    assert (await ask(model, "m")).finished.usage == ModelUsage(3, 2)


async def test_a_stream_without_done_is_whole_if_it_has_its_finish_mark(
    model: OpenAIChat, ask: Ask, upstream: Upstream
) -> None:
    upstream.frames_of["m"] = [chunk({"content": "Hi"}), STOP]
    assert (await ask(model, "m")).finished.reason == "stop"


async def test_done_without_a_finish_mark_is_a_broken_stream(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [chunk({"content": "Hi"}), DONE]
    heard = await ask(model, "m")
    assert isinstance(heard.failed, StreamBroken)
    assert heard.text == "Hi"


async def test_an_error_frame_behind_a_success_is_typed_by_its_code(
    model: OpenAIChat, ask: Ask, upstream: Upstream
) -> None:
    upstream.frames_of["m"] = [sse({"error": {"message": "Provider overloaded", "code": 503}})]
    heard = await ask(model, "m")
    assert isinstance(heard.failed, ModelOverloaded)
    assert heard.failed.partial is False
    assert len(upstream.requests) == 3


async def test_a_quota_that_is_used_up_is_no_rate_limit(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [sse({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}})]
    heard = await ask(model, "m")
    assert isinstance(heard.failed, ModelQuotaExceeded)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        # no index, one piece a call
        (
            [
                [{"id": "a", "function": {"name": "one", "arguments": "{}"}}],
                [{"id": "b", "function": {"name": "two", "arguments": '{"x":1}'}}],
            ],
            [("a", "one", "{}"), ("b", "two", '{"x":1}')],
        ),
        # index 0 for every call
        (
            [
                [{"index": 0, "id": "a", "function": {"name": "one", "arguments": "{}"}}],
                [{"index": 0, "id": "b", "function": {"name": "two", "arguments": "{}"}}],
            ],
            [("a", "one", "{}"), ("b", "two", "{}")],
        ),
        # neither index nor id
        (
            [
                [{"function": {"name": "one", "arguments": '{"x":'}}],
                [{"function": {"arguments": "1}"}}],
                [{"function": {"name": "two", "arguments": "{}"}}],
            ],
            [("made_0", "one", '{"x":1}'), ("made_1", "two", "{}")],
        ),
        # arguments as an object, id and name repeated with every piece
        (
            [
                [{"index": 0, "id": "a", "function": {"name": "one", "arguments": {"x": 1}}}],
                [{"index": 1, "id": "b", "function": {"name": "two", "arguments": '{"y"'}}],
                [{"index": 1, "id": "b", "function": {"name": "two", "arguments": ":2}"}}],
            ],
            [("a", "one", '{"x":1}'), ("b", "two", '{"y":2}')],
        ),
        # two calls in one chunk, empty ids afterwards
        (
            [
                [
                    {"index": 0, "id": "a", "function": {"name": "one", "arguments": ""}},
                    {"index": 1, "id": "b", "function": {"name": "two", "arguments": ""}},
                ],
                [{"index": 0, "id": "", "function": {"name": "", "arguments": "{}"}}],
                [{"index": 1, "id": None, "function": {"name": None, "arguments": "{}"}}],
            ],
            [("a", "one", "{}"), ("b", "two", "{}")],
        ),
    ],
)
async def test_tool_calls_are_put_together_whatever_is_left_out(
    model: OpenAIChat, ask: Ask, upstream: Upstream, pieces: list[object], expected: list[tuple[str, str, str]]
) -> None:
    upstream.frames_of["m"] = [*(chunk({"tool_calls": piece}) for piece in pieces), STOP, DONE]
    heard = await ask(model, "m")
    assert heard.calls == expected
    assert heard.finished.reason == "tool_calls"


async def test_a_tool_call_cut_by_the_length_limit_is_left_out(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    cut = call_piece(0, id="a", function={"name": "one", "arguments": '{"x": "unfin'})
    upstream.frames_of["m"] = [cut, chunk({}, "length"), DONE]
    heard = await ask(model, "m")
    assert heard.calls == []
    assert heard.finished.reason == "length"


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/ ", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/models", "http://localhost:8000/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://models.example/inference", "https://models.example/inference"),
        ("https://res.openai.azure.com", "https://res.openai.azure.com/openai/v1"),
        ("https://res.openai.azure.com/openai", "https://res.openai.azure.com/openai/v1"),
        ("https://res.openai.azure.com/openai/v1/", "https://res.openai.azure.com/openai/v1"),
    ],
)
def test_an_address_is_understood_with_or_without_its_version(given: str, root: str) -> None:
    assert api_root(given) == root


async def test_the_key_travels_as_a_bearer_token(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    await ask(model, "plain")
    seen = upstream.requests[0]
    assert (seen.path, seen.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert seen.json["stream_options"] == {"include_usage": True}


async def test_a_server_without_a_key_gets_none(model: OpenAIChat, ask: Ask, upstream: Upstream) -> None:
    await ask(model, "plain", endpoint=Endpoint(upstream.url, is_trusted=True))
    assert "authorization" not in upstream.requests[0].headers


async def test_headers_of_the_endpoint_replace_the_adapters_own(
    model: OpenAIChat, ask: Ask, upstream: Upstream
) -> None:
    headers = {"Authorization": "Basic abc", "X-Title": "chat"}
    await ask(model, "plain", endpoint=Endpoint(upstream.url, KEY, headers, is_trusted=True))
    seen = upstream.requests[0].headers
    assert (seen["authorization"], seen["x-title"]) == ("Basic abc", "chat")


def test_azure_gets_its_key_in_its_own_header() -> None:
    endpoint = Endpoint("https://res.openai.azure.com", KEY, is_trusted=True)
    call = OpenAIChat(None)._call(question("", "gpt-5", endpoint=endpoint))  # type: ignore[arg-type]  # no call is made
    assert call.url == "https://res.openai.azure.com/openai/v1/chat/completions"
    assert call.headers["api-key"] == KEY
    assert "authorization" not in call.headers


def test_the_length_limit_has_the_name_that_each_server_knows() -> None:
    assert sent_by("https://api.openai.com", max_tokens=5)["max_completion_tokens"] == 5
    assert sent_by("https://api.groq.com/openai/v1", max_tokens=5)["max_tokens"] == 5


def test_sampling_is_not_told_to_a_model_that_refuses_it() -> None:
    assert "temperature" not in sent_by("https://api.openai.com", model="gpt-5-mini", temperature=0.5, top_p=0.5)
    assert sent_by("https://api.openai.com", model="gpt-4o", temperature=0.5)["temperature"] == 0.5
    assert sent_by("http://localhost:8000", model="o3-like", temperature=0.5)["temperature"] == 0.5


@pytest.mark.parametrize(
    ("base_url", "effort", "expected"),
    [
        ("https://api.openai.com", "low", {"reasoning_effort": "low"}),
        ("https://api.openai.com", "off", {"reasoning_effort": "none"}),
        ("https://openrouter.ai/api/v1", "high", {"reasoning": {"effort": "high"}}),
        ("https://openrouter.ai/api/v1", "off", {"reasoning": {"enabled": False}}),
        ("https://api.deepseek.com", "medium", {"thinking": {"type": "enabled"}}),
        ("https://api.deepseek.com", "off", {"thinking": {"type": "disabled"}}),
        ("https://api.openai.com", None, {}),
    ],
)
def test_reasoning_is_switched_in_each_servers_way(
    base_url: str, effort: str | None, expected: dict[str, object]
) -> None:
    sent = sent_by(base_url, reasoning=effort)
    switches = {name: sent[name] for name in ("reasoning_effort", "reasoning", "thinking") if name in sent}
    assert switches == expected


CONVERSATION = [
    ModelMessage("system", (Text("Be brief."),)),
    ModelMessage("user", (Text("What is it?"), Image("image/png", data=b"png"), Image("image/png", url="https://x/y"))),
    ModelMessage(
        "assistant",
        (Thinking("Hmm.", None, "openai"), Text("Looking."), ToolCall("a", "look", '{"x":1}')),
    ),
    ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."), Image("image/png", data=b"cat"))),)),
    ModelMessage("assistant", (Thinking("only a thought"),)),
    ModelMessage("user", (Text("Sure?"),)),
]


def test_a_conversation_is_told_in_the_servers_words() -> None:
    tool = ToolSpec("look", "Looks", {"type": "object"})
    sent = sent_by("https://api.openai.com", messages=CONVERSATION, tools=[tool], stop=["END"])
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}}
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                picture,
                {"type": "image_url", "image_url": {"url": "https://x/y"}},
            ],
        },
        {
            "role": "assistant",
            "content": "Looking.",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"x":1}'}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "A cat."},
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,Y2F0"}}],
        },
        {"role": "user", "content": "Sure?"},
    ]
    assert sent["tools"] == [
        {"type": "function", "function": {"name": "look", "description": "Looks", "parameters": {"type": "object"}}}
    ]
    assert sent["stop"] == ["END"]


def test_a_picture_with_neither_bytes_nor_address_is_refused() -> None:
    with pytest.raises(ModelRequestRefused):
        sent_by("https://api.openai.com", messages=[ModelMessage("user", (Image("image/png"),))])


def test_reasoning_goes_back_with_tool_calls_only_where_it_is_wanted() -> None:
    def assistant(base_url: str) -> object:
        messages = sent_by(base_url, messages=CONVERSATION)["messages"]
        assert isinstance(messages, list)
        return messages[2].get("reasoning_content")

    assert assistant("https://api.deepseek.com") == "Hmm."
    assert assistant("https://api.openai.com") is None


def test_a_model_list_says_what_each_server_says_of_its_models() -> None:
    rows = [
        {"id": "or", "name": "Or", "context_length": 1000, "architecture": {"input_modalities": ["text", "image"]},
         "top_provider": {"max_completion_tokens": 100}, "supported_parameters": ["tools", "reasoning"]},
        {"id": "vllm", "max_model_len": 2000},
        {"id": "groq", "context_window": 3000, "max_completion_tokens": 300},
        {"id": "mistral", "max_context_length": 4000,
         "capabilities": {"vision": False, "function_calling": True, "reasoning": None}},
        {"id": "studio", "capabilities": ["tool_use"]},
        {"id": "llama.cpp", "meta": {"n_ctx_train": 5000}},
        {"id": "models/gemini-2.5-pro"},
        {"id": 7},
        "nonsense",
    ]  # fmt: skip
    models = read_models(json.dumps({"object": "list", "data": rows}).encode())
    assert models == [
        ModelInfo("or", "Or", 1000, 100, True, True, True),
        ModelInfo("vllm", None, 2000),
        ModelInfo("groq", None, 3000, 300),
        ModelInfo("mistral", None, 4000, None, False, None, True),
        ModelInfo("studio"),
        ModelInfo("llama.cpp", None, 5000),
        ModelInfo("gemini-2.5-pro"),
    ]
    assert read_models(json.dumps(rows[1:2]).encode()) == models[1:2]
