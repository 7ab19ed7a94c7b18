"""Whatever happens on the way, whoever follows a session gets each of its events once, in order, as they were said."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.database import create_database, drop_database
from tests.support.journal_story import (
    Happen,
    Haunt,
    Join,
    JoinLive,
    Move,
    Say,
    Stall,
    Step,
    Switch,
    Tell,
    Trim,
    play,
)
from tests.support.journals import Ether, Fate, Instance, MakeBus, opened
from tests.support.redis_server import redis_server

from chatbox.generation.followers import LARGEST_QUEUE
from chatbox.kernel.bus.memory import MemoryBus
from chatbox.kernel.bus.postgres import PostgresBus
from chatbox.kernel.bus.redis import RedisBus
from chatbox.kernel.db import Database
from chatbox.kernel.postgres import ServerAddress

_number = st.integers(0, 5)
_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_kind = st.sampled_from(["stream_chunk", "reasoning_chunk"])
_say = st.builds(Say, _kind, _words)
_overflow = st.builds(Say, _kind, st.just("long " * 4000), st.just(LARGEST_QUEUE // 20_000 + 5))
_steps = st.one_of(
    _say,
    _say,
    st.builds(Happen, _number),
    st.builds(Tell, _number),
    st.builds(Switch, _number, st.booleans()),
    st.builds(Haunt),
    st.builds(Join, _number, st.floats(0, 1)),
    st.builds(Join, _number, st.floats(0, 1)),
    st.builds(JoinLive, _number),
    st.builds(Move, _number, _number),
    st.builds(Stall, _number),
    st.builds(Trim, st.floats(0, 1)),
)
_stories = st.lists(_steps, min_size=5, max_size=30)


@dataclass(frozen=True)
class Stage:
    """Where stories are played: an event loop and the instances on a database, all of them kept between stories."""

    runner: asyncio.Runner
    instances: list[Instance]
    ether: Ether | None

    def play(self, steps: list[Step], *, is_quiet: bool) -> None:
        self.runner.run(play(self.instances, steps, self.ether, is_quiet=is_quiet))


@pytest.fixture(scope="module")
def database_url(postgres_server: ServerAddress, migrated_template: str) -> Iterator[str]:
    name = asyncio.run(create_database(postgres_server, migrated_template))
    yield postgres_server.url(name)
    asyncio.run(drop_database(postgres_server, name))


def _stage(url: str, make_bus: MakeBus, instances: int, ether: Ether | None = None) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def open_all() -> list[Instance]:
            return [
                await stack.enter_async_context(opened(Database(url, pool_size=4), make_bus)) for _ in range(instances)
            ]

        yield Stage(runner, runner.run(open_all()), ether)
        runner.run(stack.aclose())


@pytest.fixture(scope="module")
def lossy_stage(database_url: str) -> Iterator[Stage]:
    """Three instances on a bus that loses much."""
    ether = Ether()
    yield from _stage(database_url, ether.bus, 3, ether)


@pytest.fixture(scope="module")
def lone_stage(database_url: str) -> Iterator[Stage]:
    """One instance, with nobody else to tell."""
    yield from _stage(database_url, lambda _supervisor, _db: MemoryBus(), 1)


@pytest.fixture(scope="module")
def postgres_stage(database_url: str) -> Iterator[Stage]:
    """Two instances that share a database and nothing else."""
    yield from _stage(database_url, lambda supervisor, db: PostgresBus(db.connect, supervisor), 2)


@pytest.fixture(scope="module")
def redis_stage(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two instances that share a Redis."""
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as server:
        yield from _stage(database_url, lambda supervisor, _db: RedisBus(server.url, supervisor), 2)


_fates: list[tuple[Fate, ...]] = [("arrive",), ("lose",), ("arrive", "lose", "repeat", "delay"), ("delay", "repeat")]
_slowly = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@given(steps=_stories, fates=st.sampled_from(_fates), seed=st.integers(0, 99), is_quiet=st.booleans())
@settings(_slowly, max_examples=50)
def test_everybody_gets_every_event_once_in_order(
    lossy_stage: Stage, steps: list[Step], fates: tuple[Fate, ...], seed: int, is_quiet: bool
) -> None:
    assert lossy_stage.ether is not None
    lossy_stage.ether.fates = fates
    lossy_stage.ether.random = Random(seed)
    lossy_stage.play(steps, is_quiet=is_quiet)


@given(steps=_stories)
@settings(_slowly, max_examples=30)
def test_everybody_gets_every_event_once_where_one_instance_serves(lone_stage: Stage, steps: list[Step]) -> None:
    lone_stage.play(steps, is_quiet=True)


@given(steps=_stories)
@settings(_slowly, max_examples=15)
def test_everybody_gets_every_event_once_over_postgres(postgres_stage: Stage, steps: list[Step]) -> None:
    postgres_stage.play(steps, is_quiet=False)


@given(steps=_stories)
@settings(_slowly, max_examples=15)
def test_everybody_gets_every_event_once_over_redis(redis_stage: Stage, steps: list[Step]) -> None:
    redis_stage.play(steps, is_quiet=False)


@given(steps=st.lists(st.one_of(_overflow, _say, st.builds(Join, _number, st.floats(0, 1)), st.builds(Stall, _number))))
@settings(_slowly, max_examples=10)
def test_a_reader_that_is_too_slow_for_the_live_events_reads_the_log(lone_stage: Stage, steps: list[Step]) -> None:
    opening: list[Step] = [
        Join(0, 0),
        Stall(0),
        Tell(0),
        Say("stream_chunk", "long " * 4000, LARGEST_QUEUE // 20_000 + 5),
    ]
    lone_stage.play([*opening, *steps], is_quiet=True)
