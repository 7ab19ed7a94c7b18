"""Wishes reach the other instances, and what is no wish harms nobody."""

import asyncio
from uuid import UUID

import pytest
from tests.support.journals import DEADLINE_SECONDS, Ether, EtherBus
from tests.support.workers import Puppet, Session, Worker, begun, settled

from chatbox.generation.control import AccessLost, Control
from chatbox.kernel.ids import new_id


class Ear:
    """An instance that remembers what it was told."""

    def __init__(self) -> None:
        self.stops: list[UUID] = []
        self.losses: list[AccessLost] = []

    async def listen(self, bus: EtherBus) -> None:
        await Control(bus).start(self._stop, self.losses.append)

    def _stop(self, generation_id: UUID) -> bool:
        self.stops.append(generation_id)
        return True

    async def heard(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (self.stops or self.losses):
                await asyncio.sleep(0)


@pytest.fixture
def bus(ether: Ether) -> EtherBus:
    return EtherBus(ether)


@pytest.fixture
async def ear(ether: Ether) -> Ear:
    bus = EtherBus(ether)
    ether.buses.append(bus)
    ear = Ear()
    await ear.listen(bus)
    return ear


async def test_a_stop_is_heard_elsewhere(bus: EtherBus, ear: Ear) -> None:
    run = new_id()

    Control(bus).tell_stop(run)

    await ear.heard()
    assert (ear.stops, ear.losses) == ([run], [])


@pytest.mark.parametrize("sign_in_id", [None, new_id()])
async def test_a_lost_access_is_heard_elsewhere(bus: EtherBus, ear: Ear, sign_in_id: UUID | None) -> None:
    lost = AccessLost(new_id(), sign_in_id, None)

    Control(bus).tell_access_lost(lost)

    await ear.heard()
    assert (ear.stops, ear.losses) == ([], [lost])


@pytest.mark.parametrize("noise", [b"", b"\xff\x00", b"[]", b'{"stop": 5}', b'{"access_lost": {}}', b'{"other": 1}'])
async def test_noise_is_ignored(bus: EtherBus, ear: Ear, noise: bytes) -> None:
    bus.post("control", noise)
    Control(bus).tell_stop(run := new_id())

    await ear.heard()
    assert ear.stops == [run]


async def test_an_answer_is_stopped_from_another_instance(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    await there.generations.stop(session.owner, session.id, None)

    async with asyncio.timeout(0.9):  # sooner than the next look at the database
        await speech.closed.wait()
    assert (await settled(there, session, sent)).status == "stopped"
