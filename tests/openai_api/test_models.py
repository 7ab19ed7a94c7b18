"""Which models an OpenAI client finds."""

import pytest
from openai import AsyncOpenAI, NotFoundError
from tests.openai_api.world import World

from chatbox.accounts.tables import User


async def test_the_models_of_my_providers_are_listed(world: World, ann: User, client: AsyncOpenAI):
    provider_id = await world.provider(ann, ["mine"])
    listed = [model async for model in client.models.list()]
    mine = next(model for model in listed if model.id == f"{provider_id}/mine")
    assert (mine.object, mine.created, mine.owned_by) == ("model", 0, "Scripted")


async def test_a_listed_model_can_be_looked_up_by_its_id(client: AsyncOpenAI):
    first = (await client.models.list()).data[0]
    assert (await client.models.retrieve(first.id)).id == first.id


async def test_looking_up_an_unknown_model_is_not_found(client: AsyncOpenAI):
    with pytest.raises(NotFoundError) as caught:
        await client.models.retrieve("no-such-model")
    assert caught.value.code == "model_not_found"


async def test_a_shared_provider_serves_others_too(world: World, ann: User):
    provider_id = await world.provider(ann, ["ours"], shared=True)
    bob = await world.person("bob@example.org")
    async with world.client(await world.key(bob)) as program:
        listed = {model.id async for model in program.models.list()}
    assert f"{provider_id}/ours" in listed


async def test_another_persons_provider_is_not_listed(world: World, ann: User):
    bob = await world.person("bob@example.org")
    async with world.client(await world.key(bob)) as program:
        assert (await program.models.list()).data == []
