"""The Responses API's own ways: reasoning that is sent back encrypted, and an ending that carries everything."""

import json

import pytest
from tests.providers.conftest import KEY, Ask, question
from tests.support.upstreams.frames_responses import event, response
from tests.support.upstreams.server import Upstream

from chatbox.providers.http import ProviderHttp
from chatbox.providers.port import (
    ContextTooLong,
    Endpoint,
    Image,
    ModelError,
    ModelMessage,
    ModelRateLimited,
    ModelRequestRefused,
    ModelServerFailed,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from chatbox.providers.responses import OpenAIResponses

END = event("response.completed", response=response("completed"))


@pytest.fixture
def model(http: ProviderHttp) -> OpenAIResponses:
    return OpenAIResponses(http)


def sent_by(**fields: object) -> dict[str, object]:
    """The body that OpenAI would get."""
    endpoint = Endpoint("https://api.openai.com", KEY)
    whole = question("", str(fields.pop("model", "gpt-5")), endpoint=endpoint, **fields)
    call = OpenAIResponses(None)._call(whole)  # type: ignore[arg-type]  # no call is made
    body: dict[str, object] = json.loads(call.body)
    return body


async def test_parts_of_a_reasoning_summary_are_set_apart(model: OpenAIResponses, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [
        event("response.reasoning_summary_part.added", summary_index=0),
        event("response.reasoning_summary_text.delta", delta="One.", summary_index=0),
        event("response.reasoning_summary_part.added", summary_index=1),
        event("response.reasoning_summary_text.delta", delta="Two.", summary_index=1),
        event("response.reasoning_text.delta", delta=" Raw."),
        END,
    ]
    assert (await ask(model, "m")).reasoning == "One.\n\nTwo. Raw."


async def test_a_refusal_is_shown_as_text(model: OpenAIResponses, ask: Ask, upstream: Upstream) -> None:
    upstream.frames_of["m"] = [event("response.refusal.delta", delta="I cannot."), END]
    assert (await ask(model, "m")).text == "I cannot."


async def test_a_tool_call_cut_by_the_length_limit_is_left_out(
    model: OpenAIResponses, ask: Ask, upstream: Upstream
) -> None:
    item = {"type": "function_call", "call_id": "a", "name": "look", "arguments": '{"x": "unfin'}
    ending = response("incomplete", incomplete_details={"reason": "max_output_tokens"})
    upstream.frames_of["m"] = [
        event("response.output_item.done", item=item),
        event("response.incomplete", response=ending),
    ]
    heard = await ask(model, "m")
    assert heard.calls == []
    assert heard.finished.reason == "length"


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (event("error", code="rate_limit_exceeded", message="Slow down"), ModelRateLimited),
        (event("error", error={"code": "server_error", "message": "Broken"}), ModelServerFailed),
        (
            event("response.failed", response=response("failed", error={"code": "invalid_prompt", "message": "No"})),
            ModelRequestRefused,
        ),
        (
            event("error", code="context_length_exceeded", message="Your input exceeds the context window"),
            ContextTooLong,
        ),
    ],
)
async def test_every_shape_of_error_is_typed(
    model: OpenAIResponses, ask: Ask, upstream: Upstream, frame: bytes, expected: type[ModelError]
) -> None:
    upstream.frames_of["m"] = [frame]
    assert type((await ask(model, "m")).failed) is expected


async def test_reasoning_is_kept_and_goes_back_within_a_turn_of_tool_calls(model: OpenAIResponses, ask: Ask) -> None:
    heard = await ask(model, "reasoning")
    thought = Thinking(heard.reasoning, heard.signatures[0], "openai-responses")
    messages = [
        ModelMessage("user", (Text("Hi"),)),
        ModelMessage("assistant", (thought, ToolCall("a", "look", "{}"))),
        ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."),)),)),
    ]
    sent = sent_by(messages=messages)["input"]
    assert isinstance(sent, list)
    assert sent[1] == {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Let me think.\nYes."}],
        "encrypted_content": "c2lnbmVk",
    }
    earlier = sent_by(messages=[*messages, ModelMessage("user", (Text("And?"),))])["input"]
    assert isinstance(earlier, list)
    assert "reasoning" not in [item.get("type") for item in earlier]


def test_a_thought_that_led_to_nothing_or_came_from_elsewhere_stays_here() -> None:
    signature = '{"id":"rs_1","encrypted_content":"x"}'
    dangling = (ToolCall("a", "t", "{}"), Thinking("", signature, "openai-responses"))
    foreign = (Thinking("", signature, "anthropic"), Thinking("", "no json", "openai-responses"), Text("Hi"))
    messages = [ModelMessage("assistant", dangling), ModelMessage("assistant", foreign)]
    sent = sent_by(messages=messages)["input"]
    assert isinstance(sent, list)
    assert "reasoning" not in [item.get("type") for item in sent]


def test_a_conversation_is_told_in_the_apis_words() -> None:
    messages = [
        ModelMessage("system", (Text("Be brief."),)),
        ModelMessage("user", (Text("What?"), Image("image/png", data=b"png"))),
        ModelMessage("assistant", (Text("Looking."), ToolCall("a", "look", '{"x":1}'), ToolCall("b", "look", "{}"))),
        ModelMessage("tool", (ToolResult("a", "look", (Text("A cat."),)),)),
        ModelMessage("tool", (ToolResult("b", "look", (Image("image/png", data=b"cat"),)),)),
    ]
    tool = ToolSpec("look", "Looks", {"type": "object"})
    sent = sent_by(messages=messages, tools=[tool], max_tokens=9, reasoning="low")
    assert sent["instructions"] == "Be brief."
    assert sent["store"] is False
    assert sent["max_output_tokens"] == 9
    assert sent["reasoning"] == {"effort": "low", "summary": "auto"}
    assert sent["include"] == ["reasoning.encrypted_content"]
    assert sent["tools"] == [
        {"type": "function", "name": "look", "description": "Looks", "parameters": {"type": "object"}, "strict": False}
    ]
    assert sent["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What?"},
                {"type": "input_image", "image_url": "data:image/png;base64,cG5n"},
            ],
        },
        {"role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "call_id": "a", "name": "look", "arguments": '{"x":1}'},
        {"type": "function_call", "call_id": "b", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "A cat."},
        {
            "type": "function_call_output",
            "call_id": "b",
            "output": [{"type": "input_image", "image_url": "data:image/png;base64,Y2F0"}],
        },
    ]


def test_a_model_that_does_not_reason_is_not_asked_to() -> None:
    sent = sent_by(model="gpt-4o", temperature=0.5)
    assert "reasoning" not in sent
    assert "include" not in sent
    assert sent["temperature"] == 0.5
    assert sent_by(model="gpt-5", reasoning="off")["reasoning"] == {"effort": "none"}
