"""The kinds of provider, well-known providers to pick from, and what is known of their models without asking them.

Facts about models come from a snapshot that ships with the program; `scripts/refresh_models.py` makes it. They fill the
gaps that a provider's own list leaves. Prices are list prices at the base tier and change: store the one that was used.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import msgspec

from chatbox.providers.port import ModelInfo
from chatbox.providers.wire import host_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A protocol that providers speak, with the address it has if a person gives none."""

    default_base_url: str
    needs_key: bool = True


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider that people know by name; `RESOURCE` in an address is for the person to replace."""

    name: str
    kind: str
    base_url: str


KINDS: dict[str, Kind] = {
    "openai": Kind("https://api.openai.com/v1"),
    "openai-responses": Kind("https://api.openai.com/v1"),
    "anthropic": Kind("https://api.anthropic.com"),
    "gemini": Kind("https://generativelanguage.googleapis.com"),
    "ollama": Kind("http://localhost:11434", needs_key=False),
}

PRESETS: tuple[Preset, ...] = (
    Preset("OpenAI", "openai-responses", "https://api.openai.com/v1"),
    Preset("Anthropic", "anthropic", "https://api.anthropic.com"),
    Preset("Google Gemini", "gemini", "https://generativelanguage.googleapis.com"),
    Preset("OpenRouter", "openai", "https://openrouter.ai/api/v1"),
    Preset("DeepSeek", "openai", "https://api.deepseek.com/v1"),
    Preset("Groq", "openai", "https://api.groq.com/openai/v1"),
    Preset("Mistral", "openai", "https://api.mistral.ai/v1"),
    Preset("xAI", "openai", "https://api.x.ai/v1"),
    Preset("Together", "openai", "https://api.together.xyz/v1"),
    Preset("Azure OpenAI", "openai", "https://RESOURCE.openai.azure.com/openai/v1"),
    Preset("Ollama", "ollama", "http://localhost:11434"),
    Preset("LM Studio", "openai", "http://localhost:1234/v1"),
    Preset("vLLM", "openai", "http://localhost:8000/v1"),
)

# Which of the snapshot's providers answers at a host; an entry covers its subdomains.
_HOSTS = {
    "anthropic.com": "anthropic",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.minimax.io": "minimax",
    "api.perplexity.ai": "perplexity",
    "api.together.ai": "together",
    "api.together.xyz": "together",
    "api.x.ai": "xai",
    "api.z.ai": "zai",
    "cerebras.ai": "cerebras",
    "deepseek.com": "deepseek",
    "fireworks.ai": "fireworks",
    "generativelanguage.googleapis.com": "google",
    "groq.com": "groq",
    "mistral.ai": "mistral",
    "moonshot.ai": "moonshot",
    "moonshot.cn": "moonshot",
    "openai.azure.com": "azure",
    "openai.com": "openai",
    "openrouter.ai": "openrouter",
    "services.ai.azure.com": "azure",
}
_RELEASE = re.compile(r"-(?:latest|\d{8}|\d{4}-\d{2}-\d{2}|\d{4})$")

# window, longest answer, abilities ("v" sees, "r" reasons, "t" calls tools), dollars per million tokens in, out, cached
_Row = tuple[int | None, int | None, str | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `cached` is for input that the provider had kept; None if it is not known."""

    input: float
    output: float
    cached: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one model: sizes in tokens; unknown is None, never a guess."""

    context_window: int | None = None
    max_output: int | None = None
    sees_images: bool | None = None
    reasons: bool | None = None
    calls_tools: bool | None = None
    price: Price | None = None


class _Snapshot(msgspec.Struct, frozen=True):
    as_of: str
    providers: dict[str, dict[str, _Row]]


def facts(kind: str, base_url: str, model: str) -> Facts | None:
    """What is known of a provider's model; None if nothing is. An empty address is the kind's own.

    A name is looked up as it is, then without its release (`-latest`, `-20250929`, `-2024-08-06`): releases of one name
    share their facts far more often than not, and those that do not are in the snapshot by themselves.
    """
    address = base_url or (KINDS[kind].default_base_url if kind in KINDS else "")
    models = _snapshot().providers.get(provider_at(address) or "", {})
    name = model.removeprefix("models/")
    row = models.get(name) or models.get(base_name(name))
    return None if row is None else _facts(row)


def completed(info: ModelInfo, known: Facts | None) -> ModelInfo:
    """What a provider said of its model, its gaps filled from what is known."""
    if known is None:
        return info
    return replace(
        info,
        context_window=info.context_window or known.context_window,
        max_output=info.max_output or known.max_output,
        sees_images=known.sees_images if info.sees_images is None else info.sees_images,
        reasons=known.reasons if info.reasons is None else info.reasons,
        calls_tools=known.calls_tools if info.calls_tools is None else info.calls_tools,
    )


def snapshot_date() -> str:
    """The day that the snapshot was made, as `2026-11-22`."""
    return _snapshot().as_of


def provider_at(base_url: str) -> str | None:
    """The snapshot's name for who answers at an address; None for anybody's own server."""
    labels = host_of(base_url).split(".")
    suffixes = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_HOSTS[suffix] for suffix in suffixes if suffix in _HOSTS), None)


def base_name(model: str) -> str:
    """A model's name without the release it ends with."""
    return _RELEASE.sub("", model)


@cache
def _snapshot() -> _Snapshot:
    """The file that ships with the program, read once (3 ms); it never changes while the program runs."""
    body = files("chatbox.providers").joinpath("data/models.json").read_bytes()
    return msgspec.json.decode(body, type=_Snapshot)


def _facts(row: _Row) -> Facts:
    window, longest, abilities, asked, answered, cached = row
    # The sources list what a model can do, so a letter that is missing says no, and no letters at all say nothing.
    can = {letter: letter in abilities for letter in "vrt"} if abilities else {}
    price = None if asked is None or answered is None else Price(asked, answered, cached)
    return Facts(window, longest, can.get("v"), can.get("r"), can.get("t"), price)
