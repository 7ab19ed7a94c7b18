"""Talks to OpenAI's chat completions and to the many servers that speak the same: Azure, vLLM, OpenRouter, DeepSeek ….

Source: OpenAI API reference, "Create chat completion" and "List models".
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

import msgspec

from chatbox.providers.http import ProviderHttp
from chatbox.providers.openai_dialect import Dialect, api_root, dialect_of, reasoning_switch, sampling, sign
from chatbox.providers.openai_models import read_models
from chatbox.providers.openai_stream import OpenAIAnswer
from chatbox.providers.port import (
    ChatRequest,
    Endpoint,
    Image,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from chatbox.providers.wire import Call, data_url, joined_text, new_call_id

KIND = "openai"


class OpenAIChat:
    """A `ChatModel` for every server with an OpenAI-compatible `/chat/completions`."""

    def __init__(self, http: ProviderHttp, *, call_ids: Callable[[], str] = new_call_id) -> None:
        self._http = http
        self._call_ids = call_ids

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        return self._http.stream(lambda: self._call(request))

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        return read_models(await self._http.fetch(endpoint, f"{api_root(endpoint.base_url)}/models", sign(endpoint)))

    def _call(self, request: ChatRequest) -> Call:
        return Call(
            endpoint=request.endpoint,
            url=f"{api_root(request.endpoint.base_url)}/chat/completions",
            headers={"accept": "text/event-stream", **sign(request.endpoint)},
            body=msgspec.json.encode(_body(request)),
            read=lambda: OpenAIAnswer(self._call_ids),
        )


def _body(request: ChatRequest) -> dict[str, object]:
    dialect = dialect_of(request.endpoint)
    body: dict[str, object] = {
        "model": request.model,
        "messages": list(_messages(request.messages, dialect)),
        "stream": True,
        **sampling(request, dialect),
        **reasoning_switch(request),
    }
    if dialect.wants_stream_options:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.max_tokens is not None:
        body[dialect.length_field] = request.max_tokens
    if request.stop:
        body["stop"] = list(request.stop)
    return body


def _tool(tool: ToolSpec) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _messages(messages: Iterable[ModelMessage], dialect: Dialect) -> Iterator[dict[str, object]]:
    for message in messages:
        if message.role == "tool":
            yield from _tool_results(message)
        elif message.role == "assistant":
            yield from _assistant(message, dialect)
        elif message.role == "system":
            yield {"role": "system", "content": joined_text(message.parts)}
        else:
            yield {"role": "user", "content": _content(message.parts)}


def _content(parts: Iterable[object]) -> str | list[dict[str, object]]:
    """Plain text as a string, which every server takes; a list only where there is a picture."""
    seen = [part for part in parts if isinstance(part, Text | Image)]
    if all(isinstance(part, Text) for part in seen):
        return joined_text(seen)
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {"type": "image_url", "image_url": {"url": data_url(part)}}
        for part in seen
    ]


def _assistant(message: ModelMessage, dialect: Dialect) -> Iterator[dict[str, object]]:
    text = joined_text(message.parts)
    calls = [
        {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.arguments}}
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    if not text and not calls:
        return
    said: dict[str, object] = {"role": "assistant", "content": text or None}
    if calls:
        said["tool_calls"] = calls
        thoughts = [part.text for part in message.parts if isinstance(part, Thinking) and part.provider_kind == KIND]
        if dialect.wants_reasoning_back and thoughts:
            said["reasoning_content"] = "".join(thoughts)
    yield said


def _tool_results(message: ModelMessage) -> Iterator[dict[str, object]]:
    """Tool messages hold text only, so pictures that a tool made follow as if the person had shown them."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.id, "content": joined_text(result.content)}
    pictures = [part for result in results for part in result.content if isinstance(part, Image)]
    if pictures:
        yield {"role": "user", "content": _content(pictures)}
