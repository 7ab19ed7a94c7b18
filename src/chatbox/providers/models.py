"""The models that a person may use, and the way from a model's id to the adapter that speaks to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.supervisor import Supervisor
from chatbox.providers import catalog, store
from chatbox.providers.errors import ModelUnknown, NoModel
from chatbox.providers.model_ids import LOCAL, SCRIPTED, parse_model_id, write_model_id
from chatbox.providers.port import ChatModel, Endpoint, LocalModelMissing, ModelError, ModelInfo
from chatbox.providers.schemas import BuiltinState, ModelList, ModelOut
from chatbox.providers.service import KnownProvider, Providers, model_infos
from chatbox.providers.tables import Provider

_FRESH_FOR = timedelta(minutes=10)
_TRY_AGAIN_AFTER = timedelta(minutes=1)
_NOWHERE = Endpoint(base_url="")
_BUILT_IN_NAMES = {LOCAL: "Built-in", SCRIPTED: "Demo"}


@dataclass(frozen=True, slots=True)
class Resolved:
    """Everything needed to ask a model: the adapter, where it points, and what is known of the model and its price."""

    id: str
    kind: str
    adapter: ChatModel
    endpoint: Endpoint
    info: ModelInfo
    price: catalog.Price | None


@dataclass(frozen=True, slots=True)
class Models:
    """Lists models without ever waiting for a provider, and resolves their ids."""

    db: Database
    providers: Providers
    supervisor: Supervisor
    built_in: Mapping[str, ChatModel]
    preferred_local: str | None
    _refreshing: set[UUID] = field(default_factory=set)

    async def offered_to(self, person_id: UUID) -> ModelList:
        """The lists as they were last fetched; the stale ones are fetched anew in the background."""
        items, builtin = await self._built_in_models()
        async with self.db.begin() as tx:
            rows = [row for row in await store.list_visible(tx, person_id) if row.enabled]
        for row in rows:
            items += [_shown(row, info, catalog.facts(row.kind, row.base_url, info.name)) for info in model_infos(row)]
        self._refresh_stale([row for row in rows if _is_stale(row, utc_now())])
        return ModelList(items=items, next_cursor=None, default=items[0].id if items else None, builtin=builtin)

    async def resolve(self, tx: Transaction, person_id: UUID, model_id: str | None) -> Resolved:
        """The way to a model. None means the default one.

        Raises `ModelUnknown` for what the person may not use or what does not exist, `NoModel` when there is none.
        """
        if model_id is None:
            return await self._resolve_default(tx, person_id)
        key = parse_model_id(model_id)
        if isinstance(key.provider, str):
            return await self._resolve_built_in(key.provider, key.name)
        if key.provider is not None:
            known = await self.providers.known(tx, person_id, key.provider)
            if known is None:
                raise ModelUnknown(model=model_id)
            return self._resolved(known, known.models.get(key.name) or ModelInfo(key.name))
        return await self._resolve_bare(tx, person_id, key.name)

    async def _resolve_bare(self, tx: Transaction, person_id: UUID, name: str) -> Resolved:
        for provider, adapter in self.built_in.items():
            if any(info.name == name for info in await _installed(adapter)):
                return await self._resolve_built_in(provider, name)
        for row in await store.list_visible(tx, person_id):
            for info in model_infos(row) if row.enabled else ():
                if info.name == name:
                    return self._resolved(self.providers.read(row), info)
        raise ModelUnknown(model=name)

    async def _resolve_default(self, tx: Transaction, person_id: UUID) -> Resolved:
        items, _ = await self._built_in_models()
        if items:
            return await self._resolve_built_in(items[0].kind, items[0].name)
        for row in await store.list_visible(tx, person_id):
            for info in model_infos(row) if row.enabled else ():
                return self._resolved(self.providers.read(row), info)
        raise NoModel

    async def _resolve_built_in(self, provider: str, name: str) -> Resolved:
        adapter = self.built_in.get(provider)
        if adapter is None:
            raise ModelUnknown(model=write_model_id(provider, name))
        info = next((info for info in await _installed(adapter) if info.name == name), None)
        if info is None and provider == SCRIPTED:
            info = ModelInfo(name)  # a scenario with numbers of one's own
        if info is None:
            raise ModelUnknown(model=write_model_id(provider, name))
        return Resolved(write_model_id(provider, name), provider, adapter, _NOWHERE, info, None)

    def _resolved(self, known: KnownProvider, info: ModelInfo) -> Resolved:
        row = known.row
        facts = catalog.facts(row.kind, row.base_url, info.name)
        return Resolved(
            id=write_model_id(row.id, info.name),
            kind=row.kind,
            adapter=self.providers.adapters[row.kind],
            endpoint=known.endpoint,
            info=catalog.completed(info, facts),
            price=facts.price if facts else None,
        )

    async def _built_in_models(self) -> tuple[list[ModelOut], BuiltinState]:
        items: list[ModelOut] = []
        state = BuiltinState(state="unsupported" if LOCAL not in self.built_in else "missing")
        for provider, adapter in self.built_in.items():
            infos = await _installed(adapter)
            if provider == LOCAL:
                infos.sort(key=lambda info: info.name != self.preferred_local)
                state = BuiltinState(state="ready" if infos else "missing")
            items += [_shown_built_in(provider, info) for info in infos]
        return items, state

    def _refresh_stale(self, rows: list[Provider]) -> None:
        for row in rows:
            if row.id not in self._refreshing:
                self._refreshing.add(row.id)
                self.supervisor.spawn(self._refresh(row), name="models: refresh")

    async def _refresh(self, row: Provider) -> None:
        try:
            await self.providers.refresh(row)
        finally:
            self._refreshing.discard(row.id)


async def _installed(adapter: ChatModel) -> list[ModelInfo]:
    try:
        return await adapter.list_models(_NOWHERE)
    except (LocalModelMissing, ModelError):
        return []


def _is_stale(row: Provider, now: datetime) -> bool:
    if row.models_tried_at is None:
        return True
    fresh_for = _FRESH_FOR if row.error_code is None else _TRY_AGAIN_AFTER
    return now - row.models_tried_at > fresh_for


def _shown(row: Provider, info: ModelInfo, facts: catalog.Facts | None) -> ModelOut:
    price = facts.price if facts else None
    return ModelOut(
        id=write_model_id(row.id, info.name),
        provider=row.name,
        provider_id=row.id,
        kind=row.kind,
        input_price=price.input if price else None,
        output_price=price.output if price else None,
        **_said(catalog.completed(info, facts)),
    )


def _shown_built_in(provider: str, info: ModelInfo) -> ModelOut:
    return ModelOut(
        id=write_model_id(provider, info.name),
        provider=_BUILT_IN_NAMES[provider],
        provider_id=None,
        kind=provider,
        input_price=None,
        output_price=None,
        **_said(info),
    )


def _said(info: ModelInfo) -> dict[str, object]:
    return {
        "name": info.name,
        "display_name": info.display_name or info.name,
        "context_window": info.context_window,
        "max_output": info.max_output,
        "sees_images": info.sees_images,
        "reasons": info.reasons,
        "calls_tools": info.calls_tools,
    }
