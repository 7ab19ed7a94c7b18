"""Brings a database to the newest shape, once, however many instances start at the same time."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent
# Any number that no other program uses for an advisory lock of this database.
_LOCK = 4_806_182_245
_LOCK_SECONDS = 300


class DatabaseTooNew(Exception):
    """A newer Chatbox has changed this database; this one does not know its shape."""


# Alembic is imported where it is used: nearly every start finds nothing to do and need not wait for it.


def config() -> "Config":
    """Alembic's settings: where the steps are."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def steps() -> list[str]:
    """All steps in their order: the files in `versions` are named `v<step>_<what>.py`."""
    return sorted(path.stem.removeprefix("v").partition("_")[0] for path in (_FOLDER / "versions").glob("v*.py"))


def newest() -> str:
    """The last step."""
    return steps()[-1]


async def migrate(url: str) -> tuple[str, str]:
    """Make every step that is missing. Returns the step before and after.

    `url` is `postgresql://…`. Instances that start together take turns; whoever comes second finds nothing to do.
    Raises `OSError` when nobody answers, `DatabaseTooNew` when the database has steps that are not here.
    """
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SET lock_timeout = '{_LOCK_SECONDS}s'"))
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            before = await connection.run_sync(_current)
            head = newest()
            if before and before not in steps():
                raise DatabaseTooNew(
                    f"This database has the shape {before}, and this Chatbox knows them up to {head}: a newer one has "
                    "used it. Start that newer Chatbox, or restore the backup from before its upgrade."
                )
            if before != head:
                await connection.run_sync(_upgrade)
                await connection.commit()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.commit()
            return before, head
    finally:
        await engine.dispose()


def _current(connection: Connection) -> str:
    exists = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
    if not exists:
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
