"""The SQL of tidying the storage: what to delete, and which keys are named by a row."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from chatbox.files.tables import FileObject, Garbage, StorageSweep, Upload
from chatbox.kernel.db import Transaction


async def doom(tx: Transaction, most: int) -> Sequence[str]:
    """Choose keys to delete. From here on no row can come to name them. Those of a try that failed come first."""
    due = (
        select(Garbage.storage_key)
        .where(Garbage.not_before <= func.now())
        .order_by(Garbage.not_before)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    statement = update(Garbage).where(Garbage.storage_key.in_(due)).values(is_doomed=True)
    return (await tx.scalars(statement.returning(Garbage.storage_key))).all()


async def forget(tx: Transaction, keys: Sequence[str]) -> None:
    """The objects are gone."""
    await tx.execute(delete(Garbage).where(Garbage.storage_key.in_(keys), Garbage.is_doomed.is_(True)))


async def begin_comparison(tx: Transaction, name: str, every: timedelta) -> bool:
    """Whether the storage was not compared with the tables for so long; then it counts as begun, by this process."""
    statement = insert(StorageSweep).values(name=name, begun_at=func.now())
    statement = statement.on_conflict_do_update(
        index_elements=[StorageSweep.name],
        set_={"begun_at": func.now()},
        where=StorageSweep.begun_at <= func.now() - every,
    )
    return await tx.scalar(statement.returning(StorageSweep.name)) is not None


async def named(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Those of the keys that some row names."""
    part_key = func.jsonb_array_elements(Upload.parts).table_valued("value", joins_implicitly=True)
    known = union_all(
        select(FileObject.storage_key).where(FileObject.storage_key.in_(keys)),
        select(FileObject.view_key).where(FileObject.view_key.in_(keys)),
        select(Garbage.storage_key).where(Garbage.storage_key.in_(keys)),
        select(part_key.c.value.op("->>")(literal("key"))).select_from(Upload, part_key),
    )
    return {key for key in await tx.scalars(known) if key is not None}


async def add(tx: Transaction, keys: Collection[str]) -> None:
    """Leave keys that nothing names to the next sweep."""
    if keys:
        rows = [{"storage_key": key, "not_before": func.now()} for key in keys]
        await tx.execute(insert(Garbage).values(rows).on_conflict_do_nothing())
