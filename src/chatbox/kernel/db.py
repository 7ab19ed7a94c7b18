"""The one way to PostgreSQL: short transactions through SQLAlchemy, and the bare driver for the journal."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import DateTime, MetaData, event, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from chatbox.kernel.errors import Deadlocked, InvalidRequest, StoreUnavailable

Transaction = AsyncSession
Given = ParamSpec("Given")
Result = TypeVar("Result")

# What the bare driver raises when a connection, or the whole server, fails it; the last one when the server ends a
# a connection at the very moment that it is used.
POSTGRES_FAILED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_WAIT_FOR_CONNECTION_SECONDS = 20
_STATEMENT_SECONDS = 30
_CONNECT_SECONDS = 10
_NOTHING = text("SELECT 1")
_DRIVER = "driver"
# Before a verb is tried again, in seconds; of every cycle PostgreSQL ends one, so the others are through by then.
_DEADLOCK_PAUSES = (0.02, 0.1, 0.3, 0.6)


class Table(DeclarativeBase):
    """The base of every table; names of constraints are fixed so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[dict[str, Any]]: JSONB}


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        """`url` is `postgresql://user:password@host:port/name` (a unix socket folder as `?host=`)."""
        self.url = url
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
            pool_pre_ping=False,
            hide_parameters=True,  # they are what people wrote, which does not belong into a log
            isolation_level="AUTOCOMMIT",  # for SQLAlchemy; `begin` has the driver make the transactions
            connect_args={
                "command_timeout": _STATEMENT_SECONDS,
                "timeout": _CONNECT_SECONDS,
                "server_settings": {"application_name": "chatbox", "jit": "off"},
            },
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back when the block raises.

        Raises `StoreUnavailable` when PostgreSQL cannot be reached or cannot work for now, or no connection frees up in
        time: the same may well succeed a little later. Raises `InvalidRequest` when a value is none that it can hold.
        """
        try:
            async with self._sessions() as tx, _transaction(tx):
                yield tx
        except (OSError, PoolTimeout, InterfaceError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise StoreUnavailable from error
        except (DBAPIError, asyncpg.PostgresError) as error:
            if _sqlstate(error) == _DEADLOCK:
                raise Deadlocked from error
            if _is_cut_off(error) or _sqlstate(error).startswith(_PASSING):
                raise StoreUnavailable from error
            if _sqlstate(error) in _UNSTORABLE:
                raise InvalidRequest from error
            raise

    async def ping(self) -> None:
        """Ask for nothing, to see whether anybody answers. Raises `StoreUnavailable`."""
        async with self.begin() as tx:
            await tx.execute(_NOTHING)

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A bare driver connection of its own, outside the pool; the caller closes it. Raises `POSTGRES_FAILED`."""
        return await asyncpg.connect(
            self.url, timeout=_CONNECT_SECONDS, command_timeout=_STATEMENT_SECONDS, server_settings={"jit": "off"}
        )

    async def close(self) -> None:
        await self._engine.dispose()


def driver(tx: Transaction) -> "asyncpg.Connection[asyncpg.Record]":
    """The bare driver within `tx`, for the few statements that every turn runs: what SQLAlchemy does around a statement
    costs a turn three milliseconds (docs/decisions/0015-bare-statements.md). Raises what `Database.begin` translates.

    JSON columns come as Python values and go as text.
    """
    found: asyncpg.Connection[asyncpg.Record] = tx.info[_DRIVER]
    return found


@asynccontextmanager
async def _transaction(tx: Transaction) -> AsyncIterator[None]:
    """A transaction that the driver makes; SQLAlchemy would need twice as long for its beginning and end."""
    connection = await tx.connection()
    bare = (await connection.get_raw_connection()).driver_connection
    assert bare is not None
    assert connection.sync_connection is not None
    tx.info[_DRIVER] = bare
    transaction = bare.transaction()
    is_through = False
    try:
        await transaction.start()
        try:
            yield
            if tx.new or tx.dirty or tx.deleted:
                await tx.flush()  # the driver knows nothing of changed objects
        except BaseException:
            with suppress(*POSTGRES_FAILED):  # why the block failed is what counts
                await transaction.rollback()
                is_through = True
            raise
        await transaction.commit()
        is_through = True
    finally:
        if not is_through:
            # It is gone, or whoever was here was cancelled in the middle. Nobody else shall get it like this: where a
            # beginning was cut off the driver would take the next transaction for a part of it, and never commit it.
            connection.sync_connection.invalidate()


def _refuse_closed(connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Have the pool give a fresh connection in place of one that PostgreSQL closed, and of all that are as old."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def repeated_after_deadlock(
    verb: Callable[Given, Awaitable[Result]],
) -> Callable[Given, Coroutine[Any, Any, Result]]:
    """For a verb that does all it does in one transaction, and may lock rows in another order than its like do.

    Rows that a deletion reaches by foreign keys and triggers are locked in an order that nobody chooses. Where two such
    transactions wait for each other, PostgreSQL ends one (after `deadlock_timeout`, a second), which is done over here.
    """

    @wraps(verb)
    async def repeated(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for pause in _DEADLOCK_PAUSES:
            with suppress(Deadlocked):
                return await verb(*args, **kwargs)
            await asyncio.sleep(random.uniform(0.5, 1) * pause)  # noqa: S311 - not a secret
        return await verb(*args, **kwargs)

    return repeated


# SQLSTATE (PostgreSQL, Appendix A).
_DEADLOCK = "40P01"
# Connection exception, read-only after a failover, transaction rollback,
# insufficient resources, lock not available, operator intervention, system error.
_PASSING = ("08", "25006", "40", "53", "55P03", "57", "58")
# Half of a surrogate pair (which the driver finds), a NUL, a NUL within JSON, a number out of range.
_UNSTORABLE = ("22000", "22021", "22P05", "22003")


def _is_cut_off(error: DBAPIError | asyncpg.PostgresError) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str:
    return getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or ""
