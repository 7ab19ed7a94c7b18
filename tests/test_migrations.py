"""The steps that bring a database to the shape that the code expects."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from tests.support.database import create_database, drop_database
from tests.support.process import free_port

from chatbox.kernel.postgres import ServerAddress
from chatbox.migrations.migrate import DatabaseTooNew, config, migrate, newest
from chatbox.migrations.tables import metadata


@pytest.fixture
async def empty_database(postgres_server: ServerAddress) -> AsyncIterator[str]:
    name = await create_database(postgres_server)
    yield postgres_server.url(name)
    await drop_database(postgres_server, name)


@pytest.fixture
async def migrated(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(make_url(fresh_database).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    yield engine
    await engine.dispose()


async def test_the_steps_lead_to_the_tables_of_the_code(migrated: AsyncEngine) -> None:
    def check(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        settings.stdout = sys.stdout
        command.check(settings)  # raises when a new step would be needed

    async with migrated.connect() as connection:
        await connection.run_sync(check)


async def test_every_table_of_the_code_is_there(migrated: AsyncEngine) -> None:
    async with migrated.connect() as connection:
        found = (
            await connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()

        assert set(found) == {*metadata.tables, "alembic_version"}


async def test_instances_that_start_together_migrate_once(empty_database: str) -> None:
    outcomes = await asyncio.gather(*(migrate(empty_database) for _ in range(4)))

    assert sorted(outcomes) == [("", newest()), *[(newest(), newest())] * 3]


async def test_a_migrated_database_is_left_alone(fresh_database: str) -> None:
    assert await migrate(fresh_database) == (newest(), newest())


async def test_without_a_server_migrating_fails_with_its_reason() -> None:
    with pytest.raises(OSError, match="Connect call failed"):
        await migrate(f"postgresql://nobody@127.0.0.1:{free_port()}/none")


def test_the_newest_step_is_the_end_of_one_straight_line() -> None:
    steps = ScriptDirectory.from_config(config())

    assert steps.get_heads() == [newest()]
    assert len(steps.get_bases()) == 1


async def test_a_database_of_a_newer_program_is_refused_with_what_to_do(
    fresh_database: str, migrated: AsyncEngine
) -> None:
    async with migrated.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseTooNew, match=r"9999.*newer"):
        await migrate(fresh_database)
