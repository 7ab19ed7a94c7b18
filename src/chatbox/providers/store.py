"""Every SQL statement about providers."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from chatbox.kernel.db import Transaction
from chatbox.providers.tables import Provider


def _visible_to(owner_id: UUID) -> ColumnElement[bool]:
    return or_(Provider.owner_id == owner_id, Provider.shared)


async def add(tx: Transaction, provider: Provider) -> Provider:
    tx.add(provider)
    await tx.flush()
    await tx.refresh(provider)
    return provider


async def count(tx: Transaction, owner_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(Provider).where(Provider.owner_id == owner_id)) or 0


async def list_visible(tx: Transaction, owner_id: UUID) -> Sequence[Provider]:
    """A person's own providers and the shared ones, oldest first."""
    return (await tx.scalars(select(Provider).where(_visible_to(owner_id)).order_by(Provider.id))).all()


async def find_visible(tx: Transaction, owner_id: UUID, provider_id: UUID) -> Provider | None:
    return await tx.scalar(select(Provider).where(Provider.id == provider_id, _visible_to(owner_id)))


async def find_own(tx: Transaction, owner_id: UUID, provider_id: UUID, *, or_shared: bool) -> Provider | None:
    """A provider that the person may change: their own, or any shared one when they are an admin."""
    mine = _visible_to(owner_id) if or_shared else Provider.owner_id == owner_id
    return await tx.scalar(select(Provider).where(Provider.id == provider_id, mine).with_for_update())


async def change(tx: Transaction, provider_id: UUID, values: Mapping[str, object]) -> Provider | None:
    return await tx.scalar(update(Provider).where(Provider.id == provider_id).values(**values).returning(Provider))


async def remove(tx: Transaction, provider_id: UUID) -> None:
    await tx.execute(delete(Provider).where(Provider.id == provider_id))
