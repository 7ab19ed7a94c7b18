"""The models that a person may use, and the way from a model's id to whoever answers for it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.support.app import NOBODY, Person
from tests.support.workers import new_session

from chatbox.kernel.db import Database
from chatbox.kernel.secrets import SecretBox
from chatbox.kernel.supervisor import Supervisor
from chatbox.providers.errors import ModelUnknown, NoModel, TooManyProviders
from chatbox.providers.model_ids import ModelKey, parse_model_id, write_model_id
from chatbox.providers.models import Models, Resolved
from chatbox.providers.port import (
    ChatModel,
    ChatRequest,
    Endpoint,
    LocalModelMissing,
    ModelAuthFailed,
    ModelError,
    ModelEvent,
    ModelInfo,
)
from chatbox.providers.schemas import ProviderNew
from chatbox.providers.scripted import ScriptedModel
from chatbox.providers.service import MOST_PROVIDERS, Providers
from chatbox.providers.service import Person as Asker

_KEY = b"k" * 32
_ID = UUID(NOBODY)


@dataclass
class Shelf:
    """A provider's adapter whose list is the test's to say; it waits at `gate` and fails with `error` if told to."""

    names: list[str] = field(default_factory=lambda: ["small", "large"])
    asked: list[Endpoint] = field(default_factory=list)
    gate: asyncio.Event | None = None
    error: ModelError | None = None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        says_nothing: tuple[ModelEvent, ...] = ()
        for event in says_nothing:
            yield event

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        self.asked.append(endpoint)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [ModelInfo(name) for name in self.names]


@dataclass
class Place:
    """Models over a real database, with one adapter for the kind `openai`, and two people."""

    db: Database
    shelf: Shelf
    supervisor: Supervisor
    ann: Asker
    bob: Asker
    built_in: Mapping[str, ChatModel] = field(default_factory=dict)
    preferred: str | None = None
    key: bytes = _KEY

    @property
    def providers(self) -> Providers:
        return Providers(self.db, SecretBox(self.key), {"openai": self.shelf})

    @property
    def models(self) -> Models:
        return Models(self.db, self.providers, self.supervisor, self.built_in, self.preferred)

    async def add(self, asker: Asker, **more: object) -> UUID:
        body = {"name": "p", "kind": "openai", "base_url": "https://models.invalid/v1", "api_key": "sk-123", **more}
        return (await self.providers.create(asker, ProviderNew.model_validate(body))).id

    async def resolve(self, asker: Asker, model_id: str | None) -> Resolved:
        async with self.db.begin() as tx:
            return await self.models.resolve(tx, asker.id, model_id)

    async def age(self, **by: float) -> None:
        """Let time go by since the providers were last asked."""
        async with self.db.begin() as tx:
            await tx.execute(
                text("UPDATE providers SET models_tried_at = models_tried_at - CAST(:by AS interval)"),
                {"by": timedelta(**by)},
            )


@pytest.fixture
async def place(fresh_database: str) -> AsyncIterator[Place]:
    supervisor = Supervisor()
    db = Database(fresh_database, pool_size=2)
    ann, bob = [(await new_session(db)).owner.id for _ in range(2)]
    yield Place(db, Shelf(), supervisor, Asker(ann, True), Asker(bob, False))
    await supervisor.close()
    await db.close()


@pytest.mark.parametrize(
    ("model_id", "key"),
    [
        (f"{_ID}/gpt-5", ModelKey(_ID, "gpt-5")),
        (f"{_ID}/org/model:tag", ModelKey(_ID, "org/model:tag")),
        ("local/SmolLM2", ModelKey("local", "SmolLM2")),
        ("scripted/echo", ModelKey("scripted", "echo")),
        ("gpt-5", ModelKey(None, "gpt-5")),
        ("org/model", ModelKey(None, "org/model")),
        ("local/", ModelKey(None, "local/")),
        (f"{_ID}/", ModelKey(None, f"{_ID}/")),
        ("", ModelKey(None, "")),
        ("/x", ModelKey(None, "/x")),
    ],
)
def test_an_id_names_a_provider_and_its_model(model_id: str, key: ModelKey) -> None:
    assert parse_model_id(model_id) == key


def test_an_id_is_read_as_it_was_written() -> None:
    assert parse_model_id(write_model_id(_ID, "org/model")) == ModelKey(_ID, "org/model")


async def test_a_person_is_offered_their_own_and_the_shared_models(place: Place) -> None:
    own = await place.add(place.bob, name="Bob's")
    shared = await place.add(place.ann, name="Ours", shared=True)
    await place.add(place.ann, name="Ann's")

    offered = await place.models.offered_to(place.bob.id)

    assert [(item.id, item.provider) for item in offered.items] == [
        (f"{own}/small", "Bob's"),
        (f"{own}/large", "Bob's"),
        (f"{shared}/small", "Ours"),
        (f"{shared}/large", "Ours"),
    ]
    assert offered.default == f"{own}/small"
    assert offered.builtin.state == "unsupported"


async def test_what_is_known_of_a_model_completes_what_its_provider_says(place: Place) -> None:
    place.shelf.names = ["gpt-4o-mini"]
    await place.add(place.ann, base_url="https://api.openai.com/v1")

    [offered] = (await place.models.offered_to(place.ann.id)).items

    assert offered.context_window == 128_000
    assert offered.input_price is not None
    assert (await place.resolve(place.ann, offered.id)).price is not None


async def test_the_built_in_models_come_first_and_the_preferred_one_before_them(place: Place) -> None:
    await place.add(place.ann)
    place.built_in = {"scripted": ScriptedModel(), "local": Shelf(["a", "b"])}
    place.preferred = "b"

    offered = await place.models.offered_to(place.ann.id)

    local = [item.id for item in offered.items if item.kind == "local"]
    assert local == ["local/b", "local/a"]
    assert offered.builtin.state == "ready"
    assert offered.items[-1].kind == "openai"


async def test_a_built_in_model_that_is_not_here_is_missing(place: Place) -> None:
    place.built_in = {"local": Shelf(error=LocalModelMissing("nothing here"))}

    offered = await place.models.offered_to(place.ann.id)

    assert (offered.items, offered.default, offered.builtin.state) == ([], None, "missing")


async def test_the_list_never_waits_for_a_provider_and_asks_each_only_once(place: Place) -> None:
    provider = await place.add(place.ann)
    await place.age(minutes=11)
    place.shelf.gate, place.shelf.names = asyncio.Event(), ["new"]
    models = place.models

    async with asyncio.timeout(5):
        before = [await models.offered_to(place.ann.id) for _ in range(3)]
    await asyncio.sleep(0)
    asked = len(place.shelf.asked)
    place.shelf.gate.set()
    async with asyncio.timeout(5):
        while [item.name for item in (await models.offered_to(place.ann.id)).items] != ["new"]:
            await asyncio.sleep(0)

    assert [item.id for item in before[-1].items] == [f"{provider}/small", f"{provider}/large"]
    assert asked == 2


@pytest.mark.parametrize(("minutes", "fails", "asks"), [(9, False, 1), (11, False, 2), (0.5, True, 1), (1.5, True, 2)])
async def test_a_list_is_fetched_anew_when_it_is_old_or_failed(
    place: Place, minutes: float, fails: bool, asks: int
) -> None:
    place.shelf.error = ModelAuthFailed("no such key") if fails else None
    await place.add(place.ann)
    await place.age(minutes=minutes)

    await place.models.offered_to(place.ann.id)
    await asyncio.sleep(0.0)

    assert len(place.shelf.asked) == asks


async def test_a_failure_keeps_the_old_list(place: Place) -> None:
    provider = await place.add(place.ann)
    place.shelf.error = ModelAuthFailed("no such key")

    told = await place.providers.test(place.ann, provider)

    assert (told.ok, told.models_count) == (False, 2)
    assert told.error is not None
    assert told.error.code == "model_auth_failed"
    assert len((await place.models.offered_to(place.ann.id)).items) == 2


async def test_a_model_leads_to_its_provider_and_its_key(place: Place) -> None:
    provider = await place.add(place.ann, shared=True)

    found = await place.resolve(place.bob, f"{provider}/small")

    assert (found.id, found.kind, found.info.name) == (f"{provider}/small", "openai", "small")
    assert found.endpoint == Endpoint("https://models.invalid/v1", "sk-123", is_trusted=True)


async def test_a_model_that_its_provider_does_not_list_can_be_asked_all_the_same(place: Place) -> None:
    provider = await place.add(place.ann)

    assert (await place.resolve(place.ann, f"{provider}/unlisted")).info == ModelInfo("unlisted")


async def test_a_bare_name_is_looked_for_everywhere_the_built_in_ones_first(place: Place) -> None:
    provider = await place.add(place.ann)
    assert (await place.resolve(place.ann, "large")).id == f"{provider}/large"

    place.built_in = {"local": Shelf(["large"])}

    assert (await place.resolve(place.ann, "large")).id == "local/large"


async def test_no_name_means_the_default_model(place: Place) -> None:
    with pytest.raises(NoModel):
        await place.resolve(place.ann, None)
    provider = await place.add(place.ann)
    assert (await place.resolve(place.ann, None)).id == f"{provider}/small"

    place.built_in = {"local": Shelf(["own"])}

    assert (await place.resolve(place.ann, None)).id == "local/own"


@pytest.mark.parametrize("model_id", ["nothing", f"{_ID}/small", "local/small", "scripted/echo", ""])
async def test_what_does_not_exist_is_unknown(place: Place, model_id: str) -> None:
    await place.add(place.ann)

    with pytest.raises(ModelUnknown):
        await place.resolve(place.ann, model_id)


async def test_another_person_s_models_are_unknown(place: Place) -> None:
    provider = await place.add(place.ann)

    for model_id in (f"{provider}/small", "small"):
        with pytest.raises(ModelUnknown):
            await place.resolve(place.bob, model_id)


async def test_what_one_person_used_a_moment_ago_stays_unknown_to_another(place: Place) -> None:
    provider = await place.add(place.ann)
    providers = place.providers
    async with place.db.begin() as tx:
        assert await providers.known(tx, place.ann.id, provider) is not None
        assert await providers.known(tx, place.bob.id, provider) is None


async def test_a_disabled_provider_is_unknown(place: Place) -> None:
    provider = await place.add(place.ann)
    async with place.db.begin() as tx:
        await tx.execute(text("UPDATE providers SET enabled = false"))

    for model_id in (f"{provider}/small", "small"):
        with pytest.raises(ModelUnknown):
            await place.resolve(place.ann, model_id)
    with pytest.raises(NoModel):
        await place.resolve(place.ann, None)


async def test_a_key_that_cannot_be_read_any_more_is_left_out(place: Place) -> None:
    provider = await place.add(place.ann)
    place.key = b"x" * 32

    found = await place.resolve(place.ann, f"{provider}/small")

    assert found.endpoint.api_key == ""


async def test_keys_are_unreadable_in_the_database(place: Place) -> None:
    await place.add(place.ann, api_key="sk-in-the-clear")

    async with place.db.begin() as tx:
        row = str((await tx.execute(text("SELECT * FROM providers"))).one())

    assert "sk-in-the-clear" not in row


async def test_a_person_may_have_only_so_many_providers(place: Place) -> None:
    owner = {"id": place.bob.id, "most": MOST_PROVIDERS}
    async with place.db.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO providers (id, owner_id, name, kind, base_url, shared, is_trusted) "
                "SELECT gen_random_uuid(), :id, 'p', 'openai', 'https://x.invalid', false, false "
                "FROM generate_series(1, :most)"
            ),
            owner,
        )

    with pytest.raises(TooManyProviders):
        await place.add(place.bob)


async def test_a_server_offers_its_scripted_model_only_if_asked_to(ann: Person) -> None:
    told = (await ann.http.get("/models")).json()

    assert "scripted/echo" in {model["id"] for model in told["items"]}
    assert told["default"] == told["items"][0]["id"]
    assert {"id", "provider", "name", "context_window", "kind"} <= set(told["items"][0])
