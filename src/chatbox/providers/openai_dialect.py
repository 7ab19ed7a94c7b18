"""How one OpenAI-compatible server differs from another in what it wants to be asked.

The differences are few and known by the host: which field caps the length, how reasoning is switched, whether reasoning
must be sent back within a turn of tool calls, and which sampling fields a model refuses.
"""

import re
from dataclasses import dataclass

from chatbox.providers.port import ChatRequest, Endpoint
from chatbox.providers.wire import host_of

_REASONING_MODEL = re.compile(r"o[1-9]\b|gpt-5(?!.*chat)")
_OPERATION = re.compile(r"/(chat/completions|completions|responses|models|embeddings)/?$")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a host wants of a request."""

    length_field: str = "max_tokens"
    wants_stream_options: bool = True
    wants_reasoning_back: bool = False
    is_openai: bool = False


def dialect_of(endpoint: Endpoint) -> Dialect:
    """The dialect of the endpoint's host; plain for one that is not known."""
    host = host_of(endpoint.base_url)
    if _is_at(host, "openai.com") or is_azure(host):
        return Dialect(length_field="max_completion_tokens", is_openai=True)
    if _is_at(host, "mistral.ai"):
        return Dialect(wants_stream_options=False)
    if _is_at(host, "deepseek.com") or _is_at(host, "moonshot.ai") or _is_at(host, "moonshot.cn"):
        return Dialect(wants_reasoning_back=True)
    return Dialect()


def api_root(base_url: str) -> str:
    """Where the API begins, from what a person pasted: with or without `/v1`, or a whole operation's address.

    A bare host gets `/v1`, Azure's `/openai/v1`; a path is taken as it stands, since servers differ in theirs.
    """
    trimmed = _OPERATION.sub("", base_url.strip().rstrip("/")).rstrip("/")
    path = trimmed.partition("://")[2].partition("/")[2]
    if is_azure(host_of(trimmed)):
        return trimmed if path.endswith("/v1") else f"{trimmed.removesuffix('/openai')}/openai/v1"
    return trimmed if path else f"{trimmed}/v1"


def sign(endpoint: Endpoint) -> dict[str, str]:
    """The header that carries the key; none for a server that needs none."""
    key = endpoint.api_key.strip()
    if not key:
        return {}
    return {"api-key": key} if is_azure(host_of(endpoint.base_url)) else {"authorization": f"Bearer {key}"}


def is_azure(host: str) -> bool:
    return _is_at(host, "openai.azure.com") or _is_at(host, "services.ai.azure.com")


def sampling(request: ChatRequest, dialect: Dialect) -> dict[str, object]:
    """Temperature and top-p, unless the model refuses them."""
    if dialect.is_openai and reasons_always(request.model):
        return {}
    wanted = {"temperature": request.temperature, "top_p": request.top_p}
    return {name: value for name, value in wanted.items() if value is not None}


def reasons_always(model: str) -> bool:
    """Whether OpenAI's model of this name is a reasoning model: those decide how they sample, and refuse to be told."""
    return _REASONING_MODEL.match(model) is not None


def reasoning_switch(request: ChatRequest) -> dict[str, object]:
    """How this host is told how much to reason; nothing if the person did not say."""
    effort = request.reasoning
    if effort is None:
        return {}
    host = host_of(request.endpoint.base_url)
    if _is_at(host, "openrouter.ai"):
        return {"reasoning": {"enabled": False} if effort == "off" else {"effort": effort}}
    if _is_at(host, "deepseek.com") or _is_at(host, "z.ai") or _is_at(host, "bigmodel.cn"):
        return {"thinking": {"type": "disabled" if effort == "off" else "enabled"}}
    return {"reasoning_effort": "none" if effort == "off" else effort}


def _is_at(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
