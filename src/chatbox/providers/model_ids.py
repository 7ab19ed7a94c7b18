"""Model ids: `<provider>/<name>`, where the provider is a row's id or one of the built-in ones."""

from dataclasses import dataclass
from uuid import UUID

LOCAL = "local"
SCRIPTED = "scripted"
BUILT_IN = (LOCAL, SCRIPTED)


@dataclass(frozen=True, slots=True)
class ModelKey:
    """`provider` is a provider's id, or the name of a built-in one; None for a bare model name."""

    provider: UUID | str | None
    name: str


def parse_model_id(model_id: str) -> ModelKey:
    """The parts of a model id; a bare name, as OpenAI's clients send it, has no provider."""
    head, slash, name = model_id.partition("/")
    if slash and name:
        if head in BUILT_IN:
            return ModelKey(head, name)
        try:
            return ModelKey(UUID(head), name)
        except ValueError:
            pass
    return ModelKey(None, model_id)


def write_model_id(provider: UUID | str, name: str) -> str:
    return f"{provider}/{name}"
