"""Providers and models over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from chatbox.kernel.web import Me, Principal, service
from chatbox.kernel.wire import Page
from chatbox.providers.catalog import KINDS, PRESETS
from chatbox.providers.models import Models
from chatbox.providers.schemas import (
    KindList,
    KindOut,
    ModelList,
    PresetOut,
    ProviderNew,
    ProviderOut,
    ProviderPatch,
    ProviderTest,
)
from chatbox.providers.service import Person, Providers

router = APIRouter(tags=["providers"])

Service = Annotated[Providers, Depends(service(Providers))]
ModelService = Annotated[Models, Depends(service(Models))]


def _person(me: Principal) -> Person:
    return Person(me.id, me.role == "admin")


@router.get("/models", response_model=ModelList)
async def list_models(me: Me, models: ModelService) -> ModelList:
    """Every model that the caller may use, as last fetched; never waits for a provider."""
    return await models.offered_to(me.id)


@router.get("/providers/kinds", response_model=KindList)
async def list_kinds(_me: Me) -> KindList:
    """The kinds of provider that can be added, and well-known ones with their addresses."""
    return KindList(
        kinds=[
            KindOut(kind=name, default_base_url=kind.default_base_url, needs_key=kind.needs_key)
            for name, kind in KINDS.items()
        ],
        presets=[PresetOut(name=preset.name, kind=preset.kind, base_url=preset.base_url) for preset in PRESETS],
    )


@router.get("/providers", response_model=Page[ProviderOut])
async def list_providers(me: Me, providers: Service) -> Page[ProviderOut]:
    return Page[ProviderOut](items=await providers.visible_to(_person(me)), next_cursor=None)


@router.post("/providers", status_code=201, response_model=ProviderOut)
async def create_provider(new: ProviderNew, me: Me, providers: Service) -> ProviderOut:
    return await providers.create(_person(me), new)


@router.patch("/providers/{provider_id}", response_model=ProviderOut)
async def change_provider(provider_id: UUID, patch: ProviderPatch, me: Me, providers: Service) -> ProviderOut:
    return await providers.change(_person(me), provider_id, patch)


@router.delete("/providers/{provider_id}", status_code=204)
async def delete_provider(provider_id: UUID, me: Me, providers: Service) -> None:
    await providers.delete(_person(me), provider_id)


@router.post("/providers/{provider_id}/test", response_model=ProviderTest)
async def test_provider(provider_id: UUID, me: Me, providers: Service) -> ProviderTest:
    """Ask the provider for its models now."""
    return await providers.test(_person(me), provider_id)
