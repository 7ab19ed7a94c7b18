"""Tools that a client offers: the model asks for them, the client calls them and tells the results."""

from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError
from openai.types.chat import ChatCompletion
from tests.support.upstreams.frames_openai import chunk
from tests.support.upstreams.server import Upstream

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME: Any = {"type": "function", "function": {"name": "get_time"}}
QUESTION = {"role": "user", "content": "Weather in Paris?"}


async def ask(client: AsyncOpenAI, messages: list[Any], **more: Any) -> ChatCompletion:
    completion: ChatCompletion = await client.chat.completions.create(
        model="tools", messages=messages, tools=[WEATHER, TIME], **more
    )
    return completion


async def test_a_model_asks_for_tools(client: AsyncOpenAI):
    choice = (await ask(client, [QUESTION])).choices[0]
    calls = [
        (call.id, call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or ()
        if call.type == "function"
    ]
    assert calls == [("call_a", "get_weather", '{"city": "Paris"}'), ("call_b", "get_time", '{"zone": "UTC"}')]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Looking."


async def test_tools_are_offered_to_the_provider(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, [QUESTION])
    offered = upstream.requests[-1].json["tools"]
    nothing = {"type": "object", "properties": {}}
    time = {"type": "function", "function": {"name": "get_time", "description": "", "parameters": nothing}}
    assert offered == [WEATHER, time]


async def test_a_call_and_its_result_reach_the_provider(client: AsyncOpenAI, upstream: Upstream):
    asked = (await ask(client, [QUESTION])).choices[0].message
    results = [
        {"role": "tool", "tool_call_id": "call_a", "content": "Sunny"},
        {"role": "tool", "tool_call_id": "call_b", "content": [{"type": "text", "text": "Noon"}]},
    ]
    await ask(client, [QUESTION, asked.model_dump(exclude_none=True), *results])
    sent = upstream.requests[-1].json["messages"]
    assert isinstance(sent, list)
    assert [call["function"]["name"] for call in sent[1]["tool_calls"]] == ["get_weather", "get_time"]
    assert sent[2:] == [
        {"role": "tool", "tool_call_id": "call_a", "content": "Sunny"},
        {"role": "tool", "tool_call_id": "call_b", "content": "Noon"},
    ]


async def test_an_answer_of_calls_alone_has_no_content(client: AsyncOpenAI, upstream: Upstream):
    call = {"index": 0, "id": "call_a", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    upstream.frames_of["tools"] = [chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), b"data: [DONE]\n\n"]
    assert (await ask(client, [QUESTION])).choices[0].message.content is None


async def test_tools_can_be_switched_off(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, [QUESTION], tool_choice="none")
    assert "tools" not in upstream.requests[-1].json


async def test_a_tool_that_must_be_called_is_the_only_one_on_offer(client: AsyncOpenAI, upstream: Upstream):
    await ask(client, [QUESTION], tool_choice={"type": "function", "function": {"name": "get_time"}})
    offered = upstream.requests[-1].json["tools"]
    assert isinstance(offered, list)
    assert [tool["function"]["name"] for tool in offered] == ["get_time"]


async def test_a_result_without_its_call_is_refused(client: AsyncOpenAI):
    with pytest.raises(BadRequestError) as caught:
        await ask(client, [QUESTION, {"role": "tool", "tool_call_id": "call_z", "content": "42"}])
    assert (caught.value.code, caught.value.param) == ("tool_result_without_call", "messages[1].tool_call_id")
