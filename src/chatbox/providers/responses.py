"""Talks to OpenAI's Responses API, which shows and keeps a model's reasoning where chat completions hide it.

Source: OpenAI API reference, "Create a model response"; guide "Reasoning models". Nothing is stored at the provider:
the encrypted reasoning is kept here and sent back within a turn of tool calls.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

import msgspec

from chatbox.providers.http import ProviderHttp
from chatbox.providers.openai_dialect import api_root, dialect_of, reasons_always, sampling, sign
from chatbox.providers.openai_models import read_models
from chatbox.providers.port import (
    ChatRequest,
    Endpoint,
    Image,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from chatbox.providers.responses_stream import ReasoningItem, ResponsesAnswer
from chatbox.providers.wire import Call, data_url, joined_text

KIND = "openai-responses"


class OpenAIResponses:
    """A `ChatModel` for OpenAI's and Azure's `/responses`."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        return self._http.stream(lambda: self._call(request))

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        return read_models(await self._http.fetch(endpoint, f"{api_root(endpoint.base_url)}/models", sign(endpoint)))

    def _call(self, request: ChatRequest) -> Call:
        return Call(
            endpoint=request.endpoint,
            url=f"{api_root(request.endpoint.base_url)}/responses",
            headers={"accept": "text/event-stream", **sign(request.endpoint)},
            body=msgspec.json.encode(_body(request)),
            read=ResponsesAnswer,
        )


def _body(request: ChatRequest) -> dict[str, object]:
    body: dict[str, object] = {
        "model": request.model,
        "input": list(_items(request.messages)),
        "stream": True,
        "store": False,
        **sampling(request, dialect_of(request.endpoint)),
    }
    instructions = "\n\n".join(joined_text(message.parts) for message in request.messages if message.role == "system")
    if instructions:
        body["instructions"] = instructions
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
                "strict": False,
            }
            for tool in request.tools
        ]
    if request.max_tokens is not None:
        body["max_output_tokens"] = request.max_tokens
    if request.reasoning is not None:
        is_off = request.reasoning == "off"
        body["reasoning"] = {"effort": "none"} if is_off else {"effort": request.reasoning, "summary": "auto"}
    if request.reasoning is not None or reasons_always(request.model):
        body["include"] = ["reasoning.encrypted_content"]
    return body


def _items(messages: Sequence[ModelMessage]) -> Iterator[dict[str, object]]:
    last_question = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
    for place, message in enumerate(messages):
        if message.role == "user":
            yield {"role": "user", "content": _input(message.parts)}
        elif message.role != "system":
            yield from _said(message.parts, keeps_thoughts=place > last_question)


def _said(parts: Sequence[Part], *, keeps_thoughts: bool) -> Iterator[dict[str, object]]:
    """What the model said and what its tools answered. A thought is refused unless what it led to follows it."""
    last_outcome = max((place for place, part in enumerate(parts) if isinstance(part, Text | ToolCall)), default=-1)
    for place, part in enumerate(parts):
        if isinstance(part, Text) and part.text:
            yield {"role": "assistant", "content": [{"type": "output_text", "text": part.text}]}
        elif isinstance(part, ToolCall):
            yield {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": part.arguments}
        elif isinstance(part, ToolResult):
            yield {"type": "function_call_output", "call_id": part.id, "output": _output(part)}
        elif isinstance(part, Thinking) and keeps_thoughts and place < last_outcome:
            yield from _thought(part)


def _thought(part: Thinking) -> Iterator[dict[str, object]]:
    if part.provider_kind != KIND or not part.signature:
        return
    try:
        item = msgspec.json.decode(part.signature, type=ReasoningItem)
    except msgspec.MsgspecError:
        return
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    yield {"type": "reasoning", "id": item.id, "summary": summary, "encrypted_content": item.encrypted_content}


def _output(result: ToolResult) -> str | list[dict[str, object]]:
    has_picture = any(isinstance(part, Image) for part in result.content)
    return _input(result.content) if has_picture else joined_text(result.content)


def _input(parts: Iterable[Part]) -> list[dict[str, object]]:
    content: list[dict[str, object]] = []
    for part in parts:
        if isinstance(part, Text):
            content.append({"type": "input_text", "text": part.text})
        elif isinstance(part, Image):
            content.append({"type": "input_image", "image_url": data_url(part)})
    return content
