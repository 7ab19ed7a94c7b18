"""Anthropic's own ways: signed thoughts, turns that alternate, and models that differ in how they are told to think."""

import json

import pytest
from tests.providers.conftest import KEY, Ask, question
from tests.support.upstreams.frames_anthropic import block, delta, event, start
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.turns import Tokens

from chatbox.providers.anthropic import Anthropic, claude_version
from chatbox.providers.http import ProviderHttp
from chatbox.providers.port import (
    Endpoint,
    Image,
    ModelInfo,
    ModelMessage,
    ModelRequestRefused,
    ModelUsage,
    ReasoningDelta,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)

END = [event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}), event("message_stop")]


@pytest.fixture
def model(http: ProviderHttp) -> Anthropic:
    return Anthropic(http)


def sent_by(**fields: object) -> dict[str, object]:
    """The body that Anthropic would get."""
    endpoint = Endpoint("https://api.anthropic.com", KEY)
    whole = question("", str(fields.pop("model", "claude-sonnet-4-5")), endpoint=endpoint, **fields)
    body: dict[str, object] = json.loads(Anthropic(None)._call(whole).body)  # type: ignore[arg-type]  # no call is made
    return body


def user(*parts: object) -> ModelMessage:
    return ModelMessage("user", parts)  # type: ignore[arg-type]  # parts of a message


async def test_a_thought_is_closed_by_its_signature(model: Anthropic, ask: Ask) -> None:
    heard = await ask(model, "reasoning")
    assert heard.events[:2] == [ReasoningDelta("Let me think.\nYes."), ReasoningDelta("", "c2lnbmVk")]


async def test_a_redacted_thought_can_be_sent_back(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [start(None), *block(0, {"type": "redacted_thinking", "data": "enc"}, []), *END]
    heard = await ask(model, "m")
    thought = Thinking("", heard.signatures[0], "anthropic")
    messages = [user(Text("Hi")), ModelMessage("assistant", (thought, ToolCall("a", "look", "{}")))]
    sent = sent_by(messages=messages)["messages"]
    assert isinstance(sent, list)
    assert sent[1]["content"][0] == {"type": "redacted_thinking", "data": "enc"}


async def test_cached_input_is_counted_within_the_input(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    counts = {"input_tokens": 10, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 30, "output_tokens": 1}
    upstream.frames_of["m"] = [event("message_start", message={"usage": counts}), *END]
    assert (await ask(model, "m")).finished.usage == ModelUsage(240, 9, 200, None)


async def test_a_tool_call_whose_input_came_at_once_is_whole(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    tool = {"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}}
    ending = [event("message_delta", delta={"stop_reason": "tool_use"}), event("message_stop")]
    upstream.frames_of["m"] = [start(None), *block(0, tool, []), *ending]
    assert (await ask(model, "m")).calls == [("a", "look", '{"x":1}')]


async def test_a_tool_call_cut_by_the_length_limit_is_left_out(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    tool = {"type": "tool_use", "id": "a", "name": "look", "input": {}}
    pieces = [delta(0, type="input_json_delta", partial_json='{"x": "unfin')]
    ending = [event("message_delta", delta={"stop_reason": "max_tokens"}), event("message_stop")]
    upstream.frames_of["m"] = [start(None), *block(0, tool, pieces), *ending]
    assert (await ask(model, "m")).calls == []


async def test_text_that_a_block_starts_with_is_kept(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    opening = block(0, {"type": "text", "text": "Al"}, [delta(0, type="text_delta", text="so")])
    thought = block(1, {"type": "thinking", "thinking": "Hm"}, [delta(1, type="thinking_delta", thinking="m")])
    upstream.frames_of["m"] = [start(Tokens(1, 1)), *opening, *thought, *END]
    heard = await ask(model, "m")
    assert (heard.text, heard.reasoning) == ("Also", "Hmm")


async def test_key_and_version_travel_in_their_headers(model: Anthropic, ask: Ask, upstream: Upstream) -> None:
    await ask(model, "plain")
    seen = upstream.requests[0]
    assert seen.path == "/v1/messages"
    assert (seen.headers["x-api-key"], seen.headers["anthropic-version"]) == (KEY, "2023-06-01")


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/messages"])
async def test_an_address_is_understood_with_or_without_its_version(
    model: Anthropic, ask: Ask, upstream: Upstream, ending: str
) -> None:
    await ask(model, "plain", endpoint=Endpoint(f"{upstream.url}/anthropic{ending}", KEY, is_trusted=True))
    assert upstream.requests[0].path == "/anthropic/v1/messages"


def test_neighbouring_turns_of_one_role_are_merged_with_tool_results_first() -> None:
    messages = [
        ModelMessage("system", (Text("Be brief."),)),
        user(Text("One")),
        user(Text("Two"), Image("image/png", data=b"png"), Image("image/png", url="https://x/y")),
        ModelMessage(
            "assistant", (Text("Looking."), ToolCall("a", "look", '{"x":1}'), ToolCall("b", "look", "broken"))
        ),
        ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."), Image("image/png", data=b"cat"))),)),
        ModelMessage("tool", (ToolResult("b", "look", (Text("No."),), is_error=True),)),
        ModelMessage("system", (Text("And kind."),)),
        user(Text("  "), Text("Sure?")),
    ]
    sent = sent_by(messages=messages, tools=[ToolSpec("look", "Looks", {"type": "object"})], stop=["END"])
    cat = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "Y2F0"}}
    assert sent["system"] == "Be brief.\n\nAnd kind."
    assert sent["stop_sequences"] == ["END"]
    assert sent["tools"] == [{"name": "look", "description": "Looks", "input_schema": {"type": "object"}}]
    assert sent["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "One"},
                {"type": "text", "text": "Two"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"}},
                {"type": "image", "source": {"type": "url", "url": "https://x/y"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}},
                {"type": "tool_use", "id": "b", "name": "look", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": [{"type": "text", "text": "A cat."}, cat],
                    "is_error": False,
                },
                {
                    "type": "tool_result",
                    "tool_use_id": "b",
                    "content": [{"type": "text", "text": "No."}],
                    "is_error": True,
                },
                {"type": "text", "text": "Sure?"},
            ],
        },
    ]


def test_thoughts_go_back_only_since_the_last_question_and_only_to_who_signed_them() -> None:
    def said(*kinds: str) -> tuple[Thinking, ...]:
        return tuple(Thinking(kind, "sig", kind) for kind in kinds)

    messages = [
        user(Text("One")),
        ModelMessage("assistant", (*said("anthropic"), Text("1"))),
        user(Text("Two")),
        ModelMessage(
            "assistant",
            (*said("anthropic", "openai"), Thinking("unsigned", None, "anthropic"), ToolCall("a", "t", "{}")),
        ),
        ModelMessage("tool", (ToolResult("a", "t", (Text("ok"),)),)),
    ]
    sent = sent_by(messages=messages)["messages"]
    assert isinstance(sent, list)
    kinds = [[part["type"] for part in message["content"]] for message in sent]
    assert kinds == [["text"], ["text"], ["text"], ["thinking", "tool_use"], ["tool_result"]]
    assert sent[3]["content"][0] == {"type": "thinking", "thinking": "anthropic", "signature": "sig"}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-opus-4-7", (4, 7)),
        ("claude-sonnet-4-5-20250929", (4, 5)),
        ("claude-opus-4-20250514", (4, 0)),
        ("claude-3-5-haiku-20241022", (3, 5)),
        ("claude-3-opus-latest", (3, 0)),
        ("anthropic.claude-opus-5", (5, 0)),
        ("anthropic/claude-opus-4.6", (4, 6)),
        ("glm-4.6", (0, 0)),
    ],
)
def test_a_models_version_is_read_from_its_name(name: str, version: tuple[int, int]) -> None:
    assert claude_version(name) == version


def test_newer_models_are_told_an_effort_and_older_ones_a_budget_on_top_of_the_answer() -> None:
    new = sent_by(model="claude-opus-5", reasoning="high", temperature=0.5)
    assert new["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert new["output_config"] == {"effort": "high"}
    assert "temperature" not in new
    old = sent_by(model="claude-sonnet-4-5", reasoning="medium", max_tokens=1000, temperature=0.5)
    assert old["thinking"] == {"type": "enabled", "budget_tokens": 8192}
    assert old["max_tokens"] == 9192
    assert "temperature" not in old
    assert sent_by(model="claude-sonnet-4-5", reasoning="off")["thinking"] == {"type": "disabled"}
    assert "thinking" not in sent_by(model="claude-sonnet-4-5")


def test_there_is_always_a_length_limit() -> None:
    limits = {
        name: sent_by(model=name)["max_tokens"] for name in ("claude-opus-5", "claude-3-5-sonnet", "claude-3-opus", "x")
    }
    assert limits == {"claude-opus-5": 32_000, "claude-3-5-sonnet": 8192, "claude-3-opus": 4096, "x": 8192}
    assert sent_by(model="x", reasoning="high")["max_tokens"] == 24576 + 4096


def test_sampling_stays_within_what_a_model_takes() -> None:
    assert sent_by(temperature=1.7, top_p=0.9)["temperature"] == 1.0
    assert "top_p" not in sent_by(temperature=1.7, top_p=0.9)
    assert sent_by(top_p=0.9)["top_p"] == 0.9
    assert "temperature" not in sent_by(model="claude-opus-4-7", temperature=0.3)


def test_the_past_of_a_chat_is_cached_at_anthropic_itself() -> None:
    assert sent_by()["cache_control"] == {"type": "ephemeral"}


def test_a_picture_with_neither_bytes_nor_address_is_refused() -> None:
    with pytest.raises(ModelRequestRefused):
        sent_by(messages=[user(Image("image/png"))])


async def test_all_pages_of_the_model_list_are_read(model: Anthropic, upstream: Upstream) -> None:
    rows = [
        {"id": "b c", "display_name": "B", "max_input_tokens": 200000, "max_tokens": 64000,
         "capabilities": {"image_input": {"supported": True}, "thinking": {"supported": False}}},
        {"id": "gone", "lifecycle": "retired"},
    ]  # fmt: skip
    upstream.pages["/v1/models?limit=1000"] = json.dumps({"data": rows, "has_more": True, "last_id": "b c"}).encode()
    upstream.pages["/v1/models?limit=1000&after_id=b%20c"] = json.dumps({"data": [{"id": "d"}]}).encode()
    models = await model.list_models(Endpoint(upstream.url, KEY, is_trusted=True))
    assert models == [ModelInfo("b c", "B", 200000, 64000, True, False, None), ModelInfo("d")]


async def test_a_model_list_without_an_end_is_read_to_a_limit(model: Anthropic, upstream: Upstream) -> None:
    upstream.pages["/v1/models"] = json.dumps({"data": [{"id": "a"}], "has_more": True, "last_id": "a"}).encode()
    assert len(await model.list_models(Endpoint(upstream.url, KEY, is_trusted=True))) == 20
