"""A scripted upstream and a way out to it whose clock, dice and waiting are the test's own."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from tests.support.upstreams.adapters import WIRES, Heard
from tests.support.upstreams.server import Upstream, running_upstream

from chatbox.kernel.outbound import AddressJudge
from chatbox.providers.http import HttpLimits, ProviderHttp
from chatbox.providers.port import ChatModel, ChatRequest, Endpoint, ModelError, ModelMessage, Text

NOW = 1_790_000_000.0
KEY = "sk-test-0123456789abcdef"


@dataclass
class Waits:
    """Stands in for sleeping, and remembers for how long."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def http(waits: Waits) -> AsyncGenerator[ProviderHttp]:
    limits = HttpLimits(connect_s=2.0, idle_s=2.0, trailing_s=0.2)
    way_out = ProviderHttp(AddressJudge(), limits=limits, now=lambda: NOW, sleep=waits, dice=lambda: 0.5)
    await way_out.start()
    yield way_out
    await way_out.close()


@pytest.fixture
async def hasty_http(waits: Waits) -> AsyncGenerator[ProviderHttp]:
    """One that calls a tenth of a second of silence a stall."""
    limits = HttpLimits(connect_s=2.0, idle_s=0.1, listing_s=0.1)
    way_out = ProviderHttp(AddressJudge(), limits=limits, now=lambda: NOW, sleep=waits, dice=lambda: 0.5)
    await way_out.start()
    yield way_out
    await way_out.close()


@pytest.fixture
async def upstream() -> AsyncGenerator[Upstream]:
    async with running_upstream(*WIRES) as running:
        yield running


Ask = Callable[..., Awaitable[Heard]]


@pytest.fixture
def ask(upstream: Upstream) -> Ask:
    """Ask a model for a scenario and hear the whole answer."""

    async def hear(model: ChatModel, scenario: str, **fields: object) -> Heard:
        heard = Heard()
        try:
            async for event in model.stream(question(upstream.url, scenario, **fields)):
                heard.events.append(event)
        except ModelError as error:
            heard.error = error
        return heard

    return hear


def question(base_url: str, scenario: str, **fields: object) -> ChatRequest:
    """A request to a trusted endpoint; `fields` replace any of its own."""
    whole: dict[str, object] = {
        "endpoint": Endpoint(base_url, KEY, is_trusted=True),
        "model": scenario,
        "messages": [ModelMessage("user", (Text("Hi"),))],
        **fields,
    }
    return ChatRequest(**whole)  # type: ignore[arg-type]  # the fields are the caller's, each of its own type
