"""Talks to Ollama's own API, the only one that lets the context window be set.

Source: Ollama API reference, "Generate a chat completion", "List local models" and "Show model information". Ollama's
OpenAI-compatible endpoint silently cuts what exceeds the server's default window, which is small.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress

import msgspec

from chatbox.providers.http import ProviderHttp
from chatbox.providers.ollama_stream import OllamaAnswer
from chatbox.providers.port import (
    ChatRequest,
    Endpoint,
    Image,
    ModelError,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    ModelRequestRefused,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from chatbox.providers.wire import Call, decode_listing, joined_text, new_call_id, parsed_arguments

KIND = "ollama"

# A change of window makes Ollama load the model anew, so windows grow in few steps. It caps them at the model's own.
_WINDOWS = (8192, 16384, 32768, 65536, 131072, 262144)
_BYTES_PER_TOKEN = 3  # low on purpose: a guess that is too small would cut the conversation's beginning
_TOKENS_PER_IMAGE = 1536
_ANSWER_TOKENS = 2048

MAX_DESCRIBED = 100
_DESCRIBED_AT_ONCE = 4


class _Tag(msgspec.Struct):
    name: str


class _Tags(msgspec.Struct):
    models: list[_Tag] = []


class _Description(msgspec.Struct):
    capabilities: list[str] | None = None
    model_info: dict[str, object] | None = None


class OllamaNative:
    """A `ChatModel` for Ollama's `/api/chat`."""

    def __init__(self, http: ProviderHttp, *, call_ids: Callable[[], str] = new_call_id) -> None:
        self._http = http
        self._call_ids = call_ids

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        return self._http.stream(lambda: self._call(request))

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        """The installed models; each is asked for its window and abilities, which the list does not say."""
        url = f"{_root(endpoint.base_url)}/tags"
        tags = decode_listing(await self._http.fetch(endpoint, url, _sign(endpoint)), _Tags).models
        names = [tag.name for tag in tags]
        waiting = names[:MAX_DESCRIBED][::-1]
        known: dict[str, ModelInfo] = {}
        # What is not described in time, or cannot be, is still listed by its name.
        with suppress(ModelError):
            async with self._http.within_deadline(), asyncio.TaskGroup() as group:
                for _ in range(_DESCRIBED_AT_ONCE):
                    group.create_task(self._describe(endpoint, waiting, known))
        return [known.get(name) or ModelInfo(name) for name in names]

    async def _describe(self, endpoint: Endpoint, waiting: list[str], known: dict[str, ModelInfo]) -> None:
        url = f"{_root(endpoint.base_url)}/show"
        while waiting:
            name = waiting.pop()
            with suppress(ModelError):
                answer = await self._http.fetch(
                    endpoint, url, _sign(endpoint), body=msgspec.json.encode({"model": name})
                )
                known[name] = _info(name, decode_listing(answer, _Description))

    def _call(self, request: ChatRequest) -> Call:
        return Call(
            endpoint=request.endpoint,
            url=f"{_root(request.endpoint.base_url)}/chat",
            headers=_sign(request.endpoint),
            body=msgspec.json.encode(_body(request)),
            read=lambda: OllamaAnswer(self._call_ids),
        )


def _info(name: str, described: _Description) -> ModelInfo:
    can = described.capabilities
    return ModelInfo(
        name=name,
        context_window=_window_of(described.model_info or {}),
        sees_images=None if can is None else "vision" in can,
        reasons=None if can is None else "thinking" in can,
        calls_tools=None if can is None else "tools" in can,
    )


def _root(base_url: str) -> str:
    trimmed = base_url.strip().rstrip("/")
    for ending in ("/chat", "/api", "/v1"):
        trimmed = trimmed.removesuffix(ending)
    return f"{trimmed}/api"


def _sign(endpoint: Endpoint) -> dict[str, str]:
    return {"authorization": f"Bearer {endpoint.api_key.strip()}"} if endpoint.api_key else {}


def _window_of(info: dict[str, object]) -> int | None:
    """The key carries the model's architecture: `llama.context_length`, `qwen3.context_length`."""
    windows = (value for key, value in info.items() if key.endswith(".context_length"))
    return next((window for window in windows if isinstance(window, int)), None)


def _body(request: ChatRequest) -> dict[str, object]:
    wanted: dict[str, object] = {
        "num_ctx": window_for(request),
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
    }
    body: dict[str, object] = {
        "model": request.model,
        "messages": [said for message in request.messages for said in _messages(message)],
        "stream": True,
        "options": {name: value for name, value in wanted.items() if value is not None},
    }
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema},
            }
            for tool in request.tools
        ]
    if request.reasoning is not None:
        body["think"] = _think(request)
    return body


def _think(request: ChatRequest) -> bool | str:
    """gpt-oss is told a level; every other model only whether to think."""
    if request.reasoning in (None, "off"):
        return False
    return request.reasoning if "gpt-oss" in request.model else True


def window_for(request: ChatRequest) -> int:
    """A context window, in tokens, that surely holds the request and its answer."""
    needed = (request.max_tokens or _ANSWER_TOKENS) + sum(
        sum(_tokens(part) for part in message.parts) for message in request.messages
    )
    needed += sum(len(msgspec.json.encode(tool.schema)) // _BYTES_PER_TOKEN for tool in request.tools)
    return next((window for window in _WINDOWS if window >= needed), _WINDOWS[-1])


def _tokens(part: object) -> int:
    if isinstance(part, Image):
        return _TOKENS_PER_IMAGE
    if isinstance(part, ToolResult):
        return sum(_tokens(piece) for piece in part.content)
    text = part.text if isinstance(part, Text | Thinking) else part.arguments if isinstance(part, ToolCall) else ""
    return len(text.encode()) // _BYTES_PER_TOKEN


def _messages(message: ModelMessage) -> Iterator[dict[str, object]]:
    if message.role == "tool":
        yield from (_result(part) for part in message.parts if isinstance(part, ToolResult))
        return
    said: dict[str, object] = {"role": message.role, "content": joined_text(message.parts)}
    images = _images(message.parts)
    if images:
        said["images"] = images
    calls = [
        {"function": {"name": part.name, "arguments": parsed_arguments(part)}}
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    if calls:
        said["tool_calls"] = calls
    if calls or images or said["content"]:
        yield said


def _result(result: ToolResult) -> dict[str, object]:
    answer: dict[str, object] = {"role": "tool", "tool_name": result.name, "content": joined_text(result.content)}
    images = _images(result.content)
    return {**answer, "images": images} if images else answer


def _images(parts: Iterable[object]) -> list[str]:
    images = [part for part in parts if isinstance(part, Image)]
    if any(image.data is None for image in images):
        raise ModelRequestRefused("Ollama needs a picture's bytes, not its address")
    return [b64encode(image.data or b"").decode() for image in images]
