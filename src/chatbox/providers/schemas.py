"""What providers and models look like on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chatbox.kernel.wire import Incoming, Moment, Outgoing

ProviderName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
BaseUrl = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
ApiKey = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ModelNames = Annotated[list[ModelName], Field(max_length=200)]


class ProviderNew(Incoming):
    """An absent `base_url` is the kind's own address."""

    name: ProviderName
    kind: Annotated[str, Field(max_length=50)]
    base_url: BaseUrl | None = None
    api_key: ApiKey | None = None
    shared: bool = False
    model_names: ModelNames = []


class ProviderPatch(Incoming):
    """Only the fields that are present change; an empty `api_key` removes the key."""

    name: ProviderName | None = None
    base_url: BaseUrl | None = None
    api_key: ApiKey | None = None
    shared: bool | None = None
    enabled: bool | None = None
    model_names: ModelNames | None = None


class ProviderProblem(Outgoing):
    """Why the provider's list of models could not be had; `detail` is the provider's own words."""

    code: str
    detail: str


class ProviderOut(Outgoing):
    """A provider; `base_url` is null for those who may not change it, and the key is never shown."""

    id: UUID
    name: str
    kind: str
    base_url: str | None
    has_key: bool
    key_hint: str | None
    shared: bool
    is_mine: bool
    can_edit: bool
    enabled: bool
    model_names: list[str]
    models_count: int
    models_fetched_at: Moment | None
    last_error: ProviderProblem | None
    created_at: Moment


class ProviderTest(Outgoing):
    ok: bool
    models_count: int
    latency_ms: int
    error: ProviderProblem | None


class KindOut(Outgoing):
    kind: str
    default_base_url: str | None
    needs_key: bool


class PresetOut(Outgoing):
    name: str
    kind: str
    base_url: str


class KindList(Outgoing):
    kinds: list[KindOut]
    presets: list[PresetOut]


class ModelOut(Outgoing):
    """A model that the caller may name in a session or a message by its `id`. Prices are US dollars for a million
    tokens; unknown is null."""

    id: str
    provider: str
    provider_id: UUID | None
    kind: str
    name: str
    display_name: str
    context_window: int | None
    max_output: int | None
    sees_images: bool | None
    reasons: bool | None
    calls_tools: bool | None
    input_price: float | None
    output_price: float | None


class BuiltinState(Outgoing):
    """Whether the built-in model can answer on this machine."""

    state: Literal["ready", "missing", "unsupported"]


class ModelList(Outgoing):
    items: list[ModelOut]
    next_cursor: str | None
    default: str | None
    builtin: BuiltinState
