"""Providers that people added: change them, test them, keep their keys; and the models that come of them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.outbound import OutboundRefused, parse_http_url
from chatbox.kernel.secrets import SecretBox, SecretUnreadable
from chatbox.providers import store
from chatbox.providers.catalog import KINDS
from chatbox.providers.errors import BadBaseUrl, ProviderNotFound, SharingNotAllowed, TooManyProviders, UnknownKind
from chatbox.providers.port import ChatModel, Endpoint, ModelError, ModelInfo
from chatbox.providers.schemas import ProviderNew, ProviderOut, ProviderPatch, ProviderProblem, ProviderTest
from chatbox.providers.tables import Provider

MOST_PROVIDERS = 100
MOST_MODELS = 2000
_SHOWN_OF_KEY = 4
# How long a change made on another instance may go unnoticed; changes made here are seen at once.
_KEPT_SECONDS = 5.0
_MOST_KEPT = 1000

_log = EventLog("chatbox.providers")


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants something; an admin may share providers and change shared ones."""

    id: UUID
    is_admin: bool


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider ready to be asked: its row, its key opened, its models by name."""

    row: Provider
    endpoint: Endpoint
    models: Mapping[str, ModelInfo]
    read_at: float


@dataclass(frozen=True, slots=True)
class Providers:
    """Every verb about providers; `adapters` speak to the kinds."""

    db: Database
    secrets: SecretBox
    adapters: Mapping[str, ChatModel]
    _known: dict[UUID, KnownProvider] = field(default_factory=dict)

    async def visible_to(self, person: Person) -> list[ProviderOut]:
        async with self.db.begin() as tx:
            return [_shown(row, person) for row in await store.list_visible(tx, person.id)]

    async def create(self, person: Person, new: ProviderNew) -> ProviderOut:
        """Add a provider and look once, briefly, at what it offers; a dead one is added all the same."""
        kind = KINDS.get(new.kind)
        if kind is None:
            raise UnknownKind(kind=new.kind)
        if new.shared and not person.is_admin:
            raise SharingNotAllowed
        provider_id = new_id()
        row = Provider(
            id=provider_id,
            owner_id=person.id,
            name=new.name,
            kind=new.kind,
            base_url=_checked_url(new.base_url or kind.default_base_url or ""),
            shared=new.shared,
            is_trusted=person.is_admin,
            model_names=new.model_names,
            **self._sealed(provider_id, new.api_key),
        )
        async with self.db.begin() as tx:
            if await store.count(tx, person.id) >= MOST_PROVIDERS:
                raise TooManyProviders(limit=MOST_PROVIDERS)
            row = await store.add(tx, row)
        return _shown(await self.refresh(row), person)

    async def change(self, person: Person, provider_id: UUID, patch: ProviderPatch) -> ProviderOut:
        """A new address without a new key wipes the key: a key is never sent where it was not meant to go."""
        async with self.db.begin() as tx:
            row = await store.find_own(tx, person.id, provider_id, or_shared=person.is_admin)
            if row is None:
                raise ProviderNotFound
            values = patch.model_dump(exclude_unset=True, exclude={"api_key", "base_url"})
            values = {name: value for name, value in values.items() if value is not None}
            if values.get("shared") and not person.is_admin:
                raise SharingNotAllowed
            moves = patch.base_url is not None and _checked_url(patch.base_url) != row.base_url
            if moves:
                values |= {"base_url": _checked_url(patch.base_url or ""), "is_trusted": person.is_admin, "models": []}
            if moves or patch.api_key is not None:
                values |= self._sealed(provider_id, patch.api_key)
            changed = await store.change(tx, provider_id, values | {"updated_at": utc_now()})
        self._known.pop(provider_id, None)
        if changed is None:
            raise ProviderNotFound
        return _shown(await self.refresh(changed), person)

    async def delete(self, person: Person, provider_id: UUID) -> None:
        async with self.db.begin() as tx:
            if await store.find_own(tx, person.id, provider_id, or_shared=person.is_admin) is None:
                raise ProviderNotFound
            await store.remove(tx, provider_id)
        self._known.pop(provider_id, None)

    async def test(self, person: Person, provider_id: UUID) -> ProviderTest:
        """Ask the provider for its models now, and say how that went."""
        async with self.db.begin() as tx:
            row = await store.find_own(tx, person.id, provider_id, or_shared=person.is_admin)
        if row is None:
            raise ProviderNotFound
        started = time.monotonic()
        row = await self.refresh(row)
        return ProviderTest(
            ok=row.error_code is None,
            models_count=len(model_infos(row)),
            latency_ms=round((time.monotonic() - started) * 1000),
            error=_problem(row),
        )

    async def refresh(self, row: Provider) -> Provider:
        """Fetch the provider's list of models and keep it; on failure the old list stays and the reason is kept."""
        now = utc_now()
        values: dict[str, object] = {"models_tried_at": now}
        try:
            models = await self.adapters[row.kind].list_models(self.endpoint(row))
            values |= {
                "models": [asdict(model) for model in models[:MOST_MODELS] if _can_be_shown(model)],
                "models_fetched_at": now,
                "error_code": None,
                "error_detail": None,
            }
        except ModelError as error:
            values |= {"error_code": error.code, "error_detail": error.detail}
            _log.info("provider list failed", provider_id=row.id, code=error.code)
        async with self.db.begin() as tx:
            changed = await store.change(tx, row.id, values)
        self._known.pop(row.id, None)
        return changed or row

    async def known(self, tx: Transaction, person_id: UUID, provider_id: UUID) -> KnownProvider | None:
        """The provider, if the person may use it. Kept for a moment, since every turn of every chat asks."""
        known = self._known.get(provider_id)
        if known is None or time.monotonic() - known.read_at > _KEPT_SECONDS:
            row = await store.find_visible(tx, person_id, provider_id)
            if row is None:
                return None
            known = self.read(row)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[provider_id] = known
        is_visible = known.row.enabled and (known.row.shared or known.row.owner_id == person_id)
        return known if is_visible else None

    def read(self, row: Provider) -> KnownProvider:
        """A row made ready to be asked."""
        models = {info.name: info for info in model_infos(row)}
        return KnownProvider(row, self.endpoint(row), models, time.monotonic())

    def endpoint(self, row: Provider) -> Endpoint:
        """Where the provider is, and its key; one that cannot be read any more is left out, and missed there."""
        key = ""
        if row.sealed_key is not None:
            try:
                key = self.secrets.open(row.sealed_key, row.id.bytes)
            except SecretUnreadable:
                _log.warning("provider key unreadable", provider_id=row.id)
        return Endpoint(base_url=row.base_url, api_key=key, is_trusted=row.is_trusted)

    def _sealed(self, provider_id: UUID, key: str | None) -> dict[str, object]:
        if not key:
            return {"sealed_key": None, "key_hint": None}
        hint = f"…{key[-_SHOWN_OF_KEY:]}" if len(key) >= 3 * _SHOWN_OF_KEY else "…"
        return {"sealed_key": self.secrets.seal(key, provider_id.bytes), "key_hint": hint}


def _can_be_shown(model: ModelInfo) -> bool:
    """Names with control characters cannot be stored, or do harm where they are shown."""
    return model.name.isprintable() and (model.display_name or "").isprintable()


def model_infos(row: Provider) -> Sequence[ModelInfo]:
    """What the provider offers: the list it gave, and the names that a person typed."""
    listed = [ModelInfo(**item) for item in row.models]
    names = {info.name for info in listed}
    return [*listed, *(ModelInfo(name) for name in row.model_names if name not in names)]


def _checked_url(url: str) -> str:
    try:
        parse_http_url(url)
    except OutboundRefused as error:
        raise BadBaseUrl from error
    return url.rstrip("/")


def _problem(row: Provider) -> ProviderProblem | None:
    return ProviderProblem(code=row.error_code, detail=row.error_detail or "") if row.error_code else None


def _shown(row: Provider, person: Person) -> ProviderOut:
    is_mine = row.owner_id == person.id
    can_edit = is_mine or (row.shared and person.is_admin)
    return ProviderOut(
        id=row.id,
        name=row.name,
        kind=row.kind,
        base_url=row.base_url if can_edit else None,
        has_key=row.sealed_key is not None,
        key_hint=row.key_hint if can_edit else None,
        shared=row.shared,
        is_mine=is_mine,
        can_edit=can_edit,
        enabled=row.enabled,
        model_names=row.model_names,
        models_count=len(model_infos(row)),
        models_fetched_at=row.models_fetched_at,
        last_error=_problem(row) if can_edit else None,
        created_at=row.created_at,
    )
