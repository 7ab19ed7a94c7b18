"""Opens the database that the settings name, or the embedded one, brings it up to date, and keeps it alive."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from chatbox import master_key
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor
from chatbox.migrations.migrate import migrate
from chatbox.settings import Settings

if TYPE_CHECKING:
    from chatbox.kernel.postgres import EmbeddedPostgres

_NAME = "chatbox"
_WATCH_SECONDS = 1.0
_ANSWER_SECONDS = 5.0

_log = EventLog("chatbox.database")


@dataclass(frozen=True, slots=True)
class OpenedDatabase:
    db: Database
    master_key: bytes
    is_embedded: bool


async def open_database(settings: Settings, supervisor: Supervisor, stack: AsyncExitStack) -> OpenedDatabase:
    """A migrated database. What was started is stopped when `stack` unwinds.

    Raises `PostgresFailed` when the embedded server cannot start, `OSError` when an external one does not answer.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    is_embedded = settings.database_url is None
    url = await _start_embedded(settings, supervisor, stack) if is_embedded else _external(settings)
    before, now = await migrate(url)
    if before != now:
        _log.info("migrated", before=before or "empty", now=now)
    db = Database(url, pool_size=settings.database_pool_size)
    stack.push_async_callback(db.close)
    if settings.secret_key is not None:
        key = settings.secret_key.get_secret_value().encode()
    elif is_embedded:
        key = master_key.from_folder(settings.data_dir)
    else:
        key = await master_key.from_database(db)
        _log.warning("the secret key is kept in the database; set CHATBOX_SECRET_KEY to keep it elsewhere")
    return OpenedDatabase(db, key, is_embedded)


def _external(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


async def database_url(settings: Settings, stack: AsyncExitStack) -> str:
    """The address of the database, the embedded one started if need be, for a command that runs once."""
    return await _start_embedded(settings, None, stack) if settings.database_url is None else _external(settings)


async def _start_embedded(settings: Settings, supervisor: Supervisor | None, stack: AsyncExitStack) -> str:
    # Only here, because its wheel does not exist for every platform, and an external database needs none of it.
    from chatbox.kernel.postgres import EmbeddedPostgres  # noqa: PLC0415 - see above

    server = EmbeddedPostgres(settings.data_dir / "postgres")
    address = await asyncio.to_thread(server.start)
    stack.push_async_callback(partial(asyncio.to_thread, server.stop))
    await _make_database(address.url("postgres"))
    if supervisor is not None:
        watched = Database(address.url(_NAME), pool_size=1)
        stack.push_async_callback(watched.close)
        supervisor.spawn(_keep_alive(server, watched), name="postgres: keep alive")
    return address.url(_NAME)


async def _make_database(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=_ANSWER_SECONDS)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _NAME):
            await connection.execute(f'CREATE DATABASE "{_NAME}"')
    except asyncpg.DuplicateDatabaseError:
        _log.info("another process made the database first")
    finally:
        await connection.close()


async def _keep_alive(server: "EmbeddedPostgres", watched: Database) -> None:
    """Start the embedded server again whenever it is gone: killed, crashed, or out of memory."""
    from chatbox.kernel.postgres import PostgresFailed  # noqa: PLC0415 - as above

    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await watched.ping()
        except (StoreUnavailable, TimeoutError):
            _log.warning("postgres is gone; starting it again")
            try:
                await asyncio.to_thread(server.start)
            except PostgresFailed as error:
                _log.error("postgres does not start", reason=str(error))
