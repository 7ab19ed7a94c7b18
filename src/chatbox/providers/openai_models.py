"""Reads the model list of an OpenAI-compatible server, with what some servers say beyond the names.

Context windows: OpenRouter `context_length`, vLLM `max_model_len`, Groq `context_window`, Mistral and LM Studio
`max_context_length`. Abilities: OpenRouter `architecture` and `supported_parameters`, Mistral `capabilities`.
"""

import msgspec

from chatbox.providers.port import ModelInfo
from chatbox.providers.wire import decode_listing

MAX_MODELS = 5000


class _Architecture(msgspec.Struct):
    input_modalities: list[str] | None = None


class _Capabilities(msgspec.Struct):
    vision: bool | None = None
    function_calling: bool | None = None
    reasoning: bool | None = None


class _TopProvider(msgspec.Struct):
    max_completion_tokens: int | None = None


class _Meta(msgspec.Struct):
    n_ctx: int | None = None  # llama.cpp: the window the server was started with
    n_ctx_train: int | None = None


class _Model(msgspec.Struct):
    id: str
    name: str | None = None
    display_name: str | None = None
    context_length: int | None = None
    max_model_len: int | None = None
    context_window: int | None = None
    max_context_length: int | None = None
    max_completion_tokens: int | None = None
    architecture: _Architecture | None = None
    top_provider: _TopProvider | None = None
    supported_parameters: list[str] | None = None
    # Mistral's are an object; LM Studio's a list of words.
    capabilities: _Capabilities | list[str] | None = None
    meta: _Meta | None = None


class _Page(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


def read_models(body: bytes) -> list[ModelInfo]:
    """The models of a `/models` answer: an object with `data`, or (Together) a bare list. A model that cannot be read
    is left out. Raises `ModelRequestRefused` if the whole cannot be read."""
    is_bare = body.lstrip().startswith(b"[")
    rows = decode_listing(body, list[msgspec.Raw]) if is_bare else decode_listing(body, _Page).data or []
    return [info for row in rows[:MAX_MODELS] if (info := _read_model(row)) is not None]


def _read_model(row: msgspec.Raw) -> ModelInfo | None:
    try:
        model = msgspec.json.decode(row, type=_Model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return ModelInfo(
        name=model.id.removeprefix("models/"),
        display_name=model.display_name or model.name,
        context_window=_window(model),
        max_output=model.max_completion_tokens
        or (model.top_provider.max_completion_tokens if model.top_provider is not None else None),
        sees_images=_sees_images(model),
        reasons=_ability(model, "reasoning", "reasoning"),
        calls_tools=_ability(model, "function_calling", "tools"),
    )


def _window(model: _Model) -> int | None:
    said = (model.context_length, model.max_model_len, model.context_window, model.max_context_length)
    from_meta = (model.meta.n_ctx or model.meta.n_ctx_train) if model.meta is not None else None
    return next((window for window in (*said, from_meta) if window), None)


def _sees_images(model: _Model) -> bool | None:
    if model.architecture is not None and model.architecture.input_modalities is not None:
        return "image" in model.architecture.input_modalities
    return _ability(model, "vision", "")


def _ability(model: _Model, capability: str, parameter: str) -> bool | None:
    capabilities = model.capabilities
    if isinstance(capabilities, _Capabilities):
        known: bool | None = getattr(capabilities, capability)
        return known
    if model.supported_parameters is not None and parameter:
        return parameter in model.supported_parameters
    return None
