"""A real PostgreSQL for the tests: one server for a whole run, one database for whoever asks for it.

Every worker of a parallel run joins the same server, and the last one to finish stops it.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from chatbox.kernel.postgres import EmbeddedPostgres, ServerAddress


def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of this test run, the same for all of its workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@contextmanager
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    """Where the server of this run is; for a fixture of session scope."""
    server = EmbeddedPostgres(run_folder(tmp_path_factory) / "postgres", durability="throwaway")
    try:
        yield server.start()
    finally:
        server.stop()


async def create_database(address: ServerAddress, template: str | None = None) -> str:
    """Make a database, as a copy of `template` (to which nobody may be connected); returns its name."""
    name = f"test_{secrets.token_hex(6)}"
    # Copying files takes 20 ms of a core, and writing all pages into the log, as PostgreSQL would, 50.
    copied = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
    await _execute(address, f'CREATE DATABASE "{name}"{copied}')
    return name


async def drop_database(address: ServerAddress, name: str) -> None:
    """Drop the database, whoever is still connected to it."""
    await _execute(address, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(address: ServerAddress, statement: str) -> None:
    connection = await asyncpg.connect(address.url("postgres"), timeout=30)
    try:
        await connection.execute(statement, timeout=60)
    finally:
        await connection.close(timeout=10)
