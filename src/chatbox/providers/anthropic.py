"""Talks to Anthropic's Messages API and to servers that speak the same.

Source: Anthropic API reference, "Create a message", "List models", "Extended thinking" and "Adaptive thinking".
"""

import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from urllib.parse import quote

import msgspec

from chatbox.providers.anthropic_stream import REDACTED_MARK, AnthropicAnswer
from chatbox.providers.http import ProviderHttp
from chatbox.providers.port import (
    ChatRequest,
    Endpoint,
    Image,
    ModelEvent,
    ModelInfo,
    ModelMessage,
    Part,
    Text,
    ToolCall,
    ToolResult,
)
from chatbox.providers.wire import Call, address_of, decode_listing, host_of, joined_text, parsed_arguments

KIND = "anthropic"
API_VERSION = "2023-06-01"
LEAST_ANSWER_TOKENS = 4096  # what thinking must leave for the answer
MAX_PAGES = 20

_BUDGETS = {"low": 2048, "medium": 8192, "high": 24576}
_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_ADAPTIVE_SINCE = (4, 6)
_UNSAMPLED_SINCE = (4, 7)


class _Support(msgspec.Struct):
    supported: bool | None = None


class _Capabilities(msgspec.Struct):
    image_input: _Support | None = None
    thinking: _Support | None = None


class _Model(msgspec.Struct):
    id: str
    display_name: str | None = None
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: _Capabilities | None = None
    lifecycle: str | None = None


class _Models(msgspec.Struct):
    data: list[_Model]
    has_more: bool = False
    last_id: str | None = None


class Anthropic:
    """A `ChatModel` for Claude, and for any server with a compatible `/v1/messages`."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        return self._http.stream(lambda: self._call(request))

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        first = f"{_root(endpoint.base_url)}/models?limit=1000"
        models: list[_Model] = []
        url = first
        async with self._http.within_deadline():
            for _ in range(MAX_PAGES):
                page = decode_listing(await self._http.fetch(endpoint, url, _sign(endpoint)), _Models)
                models += page.data
                if not page.has_more or not page.last_id:
                    break
                url = f"{first}&after_id={quote(page.last_id, safe='')}"
        return [_info(model) for model in models if model.lifecycle != "retired"]

    def _call(self, request: ChatRequest) -> Call:
        return Call(
            endpoint=request.endpoint,
            url=f"{_root(request.endpoint.base_url)}/messages",
            headers={"accept": "text/event-stream", **_sign(request.endpoint)},
            body=msgspec.json.encode(_body(request)),
            read=AnthropicAnswer,
        )


def _root(base_url: str) -> str:
    trimmed = base_url.strip().rstrip("/").removesuffix("/messages")
    return trimmed if trimmed.endswith("/v1") else f"{trimmed}/v1"


def _sign(endpoint: Endpoint) -> dict[str, str]:
    key = {"x-api-key": endpoint.api_key.strip()} if endpoint.api_key else {}
    return {"anthropic-version": API_VERSION, **key}


def _info(model: _Model) -> ModelInfo:
    can = model.capabilities or _Capabilities()
    return ModelInfo(
        name=model.id,
        display_name=model.display_name,
        context_window=model.max_input_tokens or None,
        max_output=model.max_tokens or None,
        sees_images=can.image_input.supported if can.image_input else None,
        reasons=can.thinking.supported if can.thinking else None,
    )


def _body(request: ChatRequest) -> dict[str, object]:
    system = "\n\n".join(text for message in request.messages if (text := _system_text(message)))
    body: dict[str, object] = {
        "model": request.model,
        "messages": _turns(request.messages),
        "max_tokens": request.max_tokens or _default_max_tokens(request.model),
        "stream": True,
        **_thinking(request),
    }
    if host_of(request.endpoint.base_url).endswith(".anthropic.com"):
        body["cache_control"] = {"type": "ephemeral"}  # a chat resends its past: nine tenths of its price are saved
    if system:
        body["system"] = system
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in request.tools
        ]
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if "thinking" not in body or request.reasoning == "off":
        body.update(_sampling(request))
    return body


def _thinking(request: ChatRequest) -> dict[str, object]:
    """How this model is told to think: newer ones by effort, older ones by a token budget on top of the answer."""
    effort = request.reasoning
    if effort is None:
        return {}
    if effort == "off":
        return {"thinking": {"type": "disabled"}}
    if claude_version(request.model) >= _ADAPTIVE_SINCE:
        return {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": effort}}
    budget = _BUDGETS[effort]
    if request.max_tokens is None:
        total = max(_default_max_tokens(request.model), budget + LEAST_ANSWER_TOKENS)
    else:
        total = request.max_tokens + budget
    return {"thinking": {"type": "enabled", "budget_tokens": budget}, "max_tokens": total}


def _default_max_tokens(model: str) -> int:
    """The API requires a number; this is one that every model of the version allows."""
    version = claude_version(model)
    if version >= (3, 7):
        return 32_000
    return 4096 if version == (3, 0) else 8192


def _sampling(request: ChatRequest) -> dict[str, object]:
    """Newer models refuse sampling fields; the others take temperatures up to 1, and not top-p besides."""
    if claude_version(request.model) >= _UNSAMPLED_SINCE:
        return {}
    if request.temperature is not None:
        return {"temperature": min(request.temperature, 1.0)}
    return {} if request.top_p is None else {"top_p": request.top_p}


def claude_version(model: str) -> tuple[int, int]:
    """The version in a Claude model's name: `claude-opus-4-7` is (4, 7), `claude-3-5-haiku-…` (3, 5); else (0, 0)."""
    found = _VERSION.search(model.replace(".", "-"))
    return (int(found.group(1)), int(found.group(2) or 0)) if found else (0, 0)


def _turns(messages: Sequence[ModelMessage]) -> list[dict[str, object]]:
    """The conversation as Anthropic wants it: user and assistant in turn, tool results in the user's.

    Thoughts are sent back only since the last question, where a tool call depends on them: earlier ones are not needed
    and are refused if the history before them changed.
    """
    last_question = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
    turns: list[tuple[str, list[dict[str, object]]]] = []
    for place, message in enumerate(messages):
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [] if message.role == "system" else list(_blocks(message.parts, keeps_thoughts=place > last_question))
        if blocks and turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    return [{"role": role, "content": blocks} for role, blocks in turns]


def _system_text(message: ModelMessage) -> str:
    return joined_text(message.parts) if message.role == "system" else ""


def _blocks(parts: Iterable[Part], *, keeps_thoughts: bool) -> Iterator[dict[str, object]]:
    for part in parts:
        if isinstance(part, Text):
            if part.text.strip():  # the API refuses blank text
                yield {"type": "text", "text": part.text}
        elif isinstance(part, Image):
            yield {"type": "image", "source": _source(part)}
        elif isinstance(part, ToolCall):
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": parsed_arguments(part)}
        elif isinstance(part, ToolResult):
            yield _result(part)
        elif keeps_thoughts and part.provider_kind == KIND and part.signature:
            yield _thought(part.text, part.signature)


def _result(result: ToolResult) -> dict[str, object]:
    content = list(_blocks(result.content, keeps_thoughts=False))
    return {"type": "tool_result", "tool_use_id": result.id, "content": content, "is_error": result.is_error}


def _thought(text: str, signature: str) -> dict[str, object]:
    if signature.startswith(REDACTED_MARK):
        return {"type": "redacted_thinking", "data": signature.removeprefix(REDACTED_MARK)}
    return {"type": "thinking", "thinking": text, "signature": signature}


def _source(image: Image) -> dict[str, object]:
    if image.data is not None:
        return {"type": "base64", "media_type": image.mime_type, "data": b64encode(image.data).decode()}
    return {"type": "url", "url": address_of(image)}
