"""Talks to Google's Gemini API.

Source: Gemini API reference, "Generating content", "Models", "Thinking" and "Thought signatures".
"""

import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from urllib.parse import quote, urlencode

import msgspec

from chatbox.providers.gemini_stream import GeminiAnswer
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
from chatbox.providers.wire import Call, address_of, decode_listing, joined_text, new_call_id, parsed_arguments

MAX_PAGES = 20

_BUDGETS = {"off": 0, "low": 1024, "medium": 8192, "high": 24576}
_LEVELS = {"off": "low", "low": "low", "medium": "medium", "high": "high"}
_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_WITHOUT_THOUGHTS = re.compile(r"image|tts|live|embedding|audio")
_LEVELS_SINCE = (3, 0)
_THINKS_SINCE = (2, 5)
# Google documents this value for calls that another model made, which no thought was signed for.
_NO_SIGNATURE = "skip_thought_signature_validator"


class _Model(msgspec.Struct, rename="camel"):
    name: str
    display_name: str | None = None
    input_token_limit: int | None = None
    output_token_limit: int | None = None
    supported_generation_methods: list[str] | None = None
    thinking: bool | None = None


class _Models(msgspec.Struct, rename="camel"):
    models: list[_Model] = []
    next_page_token: str | None = None


class Gemini:
    """A `ChatModel` for Google's own API; its OpenAI-compatible one loses thought signatures."""

    def __init__(self, http: ProviderHttp, *, call_ids: Callable[[], str] = new_call_id) -> None:
        self._http = http
        self._call_ids = call_ids

    def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        return self._http.stream(lambda: self._call(request))

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        models: list[_Model] = []
        query = {"pageSize": "1000"}
        async with self._http.within_deadline():
            for _ in range(MAX_PAGES):
                url = f"{_root(endpoint.base_url)}/models?{urlencode(query)}"
                page = decode_listing(await self._http.fetch(endpoint, url, _sign(endpoint)), _Models)
                models += page.models
                if not page.next_page_token:
                    break
                query["pageToken"] = page.next_page_token
        return [_info(model) for model in models if _generates(model)]

    def _call(self, request: ChatRequest) -> Call:
        model = quote(request.model.removeprefix("models/"), safe="")
        return Call(
            endpoint=request.endpoint,
            url=f"{_root(request.endpoint.base_url)}/models/{model}:streamGenerateContent?alt=sse",
            headers=_sign(request.endpoint),
            body=msgspec.json.encode(_body(request)),
            read=lambda: GeminiAnswer(self._call_ids),
        )


def _root(base_url: str) -> str:
    trimmed = base_url.strip().rstrip("/")
    return trimmed if re.search(r"/v\d+(alpha|beta)?\d*$", trimmed) else f"{trimmed}/v1beta"


def _sign(endpoint: Endpoint) -> dict[str, str]:
    return {"x-goog-api-key": endpoint.api_key.strip()} if endpoint.api_key else {}


def _generates(model: _Model) -> bool:
    return model.supported_generation_methods is None or "generateContent" in model.supported_generation_methods


def _info(model: _Model) -> ModelInfo:
    return ModelInfo(
        name=model.name.removeprefix("models/"),
        display_name=model.display_name,
        context_window=model.input_token_limit,
        max_output=model.output_token_limit,
        reasons=model.thinking,
    )


def _body(request: ChatRequest) -> dict[str, object]:
    body: dict[str, object] = {"contents": _contents(request), "generationConfig": _generation(request)}
    system = [joined_text(message.parts) for message in request.messages if message.role == "system"]
    if any(system):
        body["systemInstruction"] = {"parts": [{"text": text} for text in system if text]}
    if request.tools:
        # `parametersJsonSchema` takes JSON Schema as it is; the older `parameters` only a subset of OpenAPI's.
        declared = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
    return body


def _generation(request: ChatRequest) -> dict[str, object]:
    wanted: dict[str, object] = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
        "thinkingConfig": _thinking(request),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _thinking(request: ChatRequest) -> dict[str, object] | None:
    """Gemini 3 is told a level and cannot be told not to think; 2.5 a budget in tokens; older ones do not think."""
    version = gemini_version(request.model)
    effort = request.reasoning
    if version < _THINKS_SINCE or _WITHOUT_THOUGHTS.search(request.model):
        return None
    if effort is None:
        return {"includeThoughts": True}
    shows = effort != "off"
    if version >= _LEVELS_SINCE:
        return {"includeThoughts": shows, "thinkingLevel": _LEVELS[effort]}
    return {"includeThoughts": shows, "thinkingBudget": _BUDGETS[effort]}


def gemini_version(model: str) -> tuple[int, int]:
    """The version in a model's name: `gemini-2.5-pro` is (2, 5); (0, 0) for a model of another family."""
    found = _VERSION.search(model)
    return (int(found.group(1)), int(found.group(2) or 0)) if found else (0, 0)


def _contents(request: ChatRequest) -> list[dict[str, object]]:
    """The conversation as turns of `user` and `model`, neighbours of one role merged."""
    needs_signature = gemini_version(request.model) >= _LEVELS_SINCE
    turns: list[tuple[str, list[dict[str, object]]]] = []
    for message in request.messages:
        role = "model" if message.role == "assistant" else "user"
        parts = [] if message.role == "system" else _parts(message, needs_signature=needs_signature)
        if parts and turns and turns[-1][0] == role:
            turns[-1][1].extend(parts)
        elif parts:
            turns.append((role, parts))
    return [{"role": role, "parts": parts} for role, parts in turns]


def _parts(message: ModelMessage, *, needs_signature: bool) -> list[dict[str, object]]:
    parts: list[dict[str, object]] = []
    is_signed = not needs_signature
    for part in message.parts:
        if isinstance(part, ToolCall):
            # Of parallel calls only the first is signed, so only a first one without a signature gets the stand-in.
            signature = part.signature or (None if is_signed else _NO_SIGNATURE)
            is_signed = True
            parts.append(_call(part, signature))
        else:
            parts.extend(_plain(part))
    return parts


def _call(call: ToolCall, signature: str | None) -> dict[str, object]:
    signed: dict[str, object] = {} if signature is None else {"thoughtSignature": signature}
    return {"functionCall": {"name": call.name, "args": parsed_arguments(call)}, **signed}


def _plain(part: Part) -> Iterator[dict[str, object]]:
    if isinstance(part, Text) and part.text:
        yield {"text": part.text}
    elif isinstance(part, Image):
        yield _picture(part)
    elif isinstance(part, ToolResult):
        key = "error" if part.is_error else "result"
        yield {"functionResponse": {"name": part.name, "response": {key: joined_text(part.content)}}}
        yield from _pictures(part.content)


def _pictures(content: Sequence[Text | Image]) -> Iterable[dict[str, object]]:
    return (_picture(part) for part in content if isinstance(part, Image))


def _picture(image: Image) -> dict[str, object]:
    if image.data is not None:
        return {"inlineData": {"mimeType": image.mime_type, "data": b64encode(image.data).decode()}}
    return {"fileData": {"mimeType": image.mime_type, "fileUri": address_of(image)}}
