"""What every measurement of the product starts from: people, the scripted upstream as a provider, open sessions."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from bench import load
from bench.answer import Answer
from bench.load import Client, Line, Person
from bench.plan import Plan

STEPS_AT_ONCE = 4

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Seat:
    """A person with a session and its open WebSocket, ready to ask."""

    person: Person
    session_id: str
    line: Line


@dataclass(frozen=True, slots=True)
class Scene:
    """A product with people in it. The first of them is its admin."""

    client: Client
    people: list[Person]

    @contextlib.asynccontextmanager
    async def seats(self, plan: Plan, count: int) -> AsyncIterator[list[Seat]]:
        """`count` seats, spread evenly over the people, each with a fresh session, so that no history adds to the
        prompt; their sockets close at the end."""
        model_id = await self.client.model_id(self.people[0], plan)
        made = await few_at_once(self._seat(self.people[index % len(self.people)], model_id) for index in range(count))
        try:
            yield made
        finally:
            await few_at_once(seat.line.socket.close() for seat in made)

    async def _seat(self, person: Person, model_id: str) -> Seat:
        session_id = await self.client.new_session(person, model_id)
        return Seat(person, session_id, await load.open_session_line(self.client, person, session_id))

    async def check_all(self, seats: list[Seat], answers: list[Answer]) -> None:
        """Looks up, after the measured time, whether each answer is stored as it arrived."""
        pairs = zip(seats, answers, strict=True)
        await few_at_once(self.client.check_stored(seat.person, seat.session_id, answer) for seat, answer in pairs)


@contextlib.asynccontextmanager
async def set_scene(address: str, base_url: str, *, people: int) -> AsyncIterator[Scene]:
    """Registers people and adds the upstream at `base_url` as a provider for all of them."""
    async with load.connect(address) as client:
        admin = await client.register(1)
        await client.add_provider(admin, base_url)
        others = await few_at_once(client.register(number) for number in range(2, people + 1))
        yield Scene(client, [admin, *others])


async def few_at_once(steps: Iterable[Coroutine[None, None, Outcome]]) -> list[Outcome]:
    """The outcomes of all steps, in order, with `STEPS_AT_ONCE` of them under way."""
    gate = asyncio.Semaphore(STEPS_AT_ONCE)

    async def pass_gate(step: Coroutine[None, None, Outcome]) -> Outcome:
        async with gate:
            return await step

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(pass_gate(step)) for step in steps]
    return [task.result() for task in tasks]


async def all_at_once(steps: Iterable[Coroutine[None, None, Outcome]]) -> list[Outcome]:
    """The outcomes of all steps, in order, all of them under way together."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(step) for step in steps]
    return [task.result() for task in tasks]


class Late(msgspec.Struct):
    """How late the upstream itself sent its paced tokens, in milliseconds."""

    p99_ms: int
    max_ms: int


async def upstream_lateness(client: Client, base_url: str) -> Late:
    """What the upstream says about its own punctuality so far."""
    async with client.http.get(base_url.removesuffix("/v1") + "/stats") as response:
        return msgspec.json.decode(await response.read(), type=Late)
