"""Every SQL statement about sign-ins, API keys, and who is behind one of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, cast, delete, func, or_, select, union_all, update

from chatbox.accounts.tables import ApiKey, Role, SignIn, User
from chatbox.kernel.db import Transaction


@dataclass(frozen=True, slots=True)
class Caller:
    """The columns of a person that a request needs."""

    id: UUID
    email: str
    name: str
    role: Role
    language: str | None


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A person behind one of their API keys."""

    caller: Caller
    api_key_id: UUID
    scopes: list[str]
    last_used_at: datetime | None


def _is_living(now: datetime) -> ColumnElement[bool]:
    return SignIn.revoked_at.is_(None) & (SignIn.expires_at > now)


def _is_valid(now: datetime) -> ColumnElement[bool]:
    return or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)


async def caller_by_sign_in(tx: Transaction, sign_in_id: UUID, user_id: UUID, now: datetime) -> Caller | None:
    statement = (
        select(User.id, User.email, User.name, User.role, User.language)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.id == sign_in_id, User.id == user_id, User.status == "active", _is_living(now))
    )
    row = (await tx.execute(statement)).one_or_none()
    return Caller(*row) if row else None


async def caller_by_api_key(tx: Transaction, key_hash: str, now: datetime) -> KeyCaller | None:
    statement = (
        select(User.id, User.email, User.name, User.role, User.language, ApiKey.id, ApiKey.scopes, ApiKey.last_used_at)
        .join(ApiKey, ApiKey.user_id == User.id)
        .where(ApiKey.key_hash == key_hash, User.status == "active", _is_valid(now))
    )
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        return None
    return KeyCaller(Caller(row[0], row[1], row[2], row[3], row[4]), row[5], row[6], row[7])


async def note_key_use(tx: Transaction, api_key_id: UUID, now: datetime, *, at_most_every: timedelta) -> None:
    """Requests that come together write once: the first makes the others' condition false."""
    is_due = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - at_most_every)
    await tx.execute(update(ApiKey).where(ApiKey.id == api_key_id, is_due).values(last_used_at=now))


async def still_valid(
    tx: Transaction, sign_in_ids: Collection[UUID], api_key_ids: Collection[UUID], now: datetime
) -> set[UUID]:
    """Those of the given sign-ins and API keys that still open the door, in one query."""
    sign_ins = (
        select(SignIn.id)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.id == any_(cast(list(sign_in_ids), ARRAY(Uuid))), User.status == "active", _is_living(now))
    )
    keys = (
        select(ApiKey.id)
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.id == any_(cast(list(api_key_ids), ARRAY(Uuid))), User.status == "active", _is_valid(now))
    )
    return set((await tx.scalars(union_all(sign_ins, keys))).all())


async def add_sign_in(tx: Transaction, sign_in: SignIn) -> None:
    tx.add(sign_in)
    await tx.flush()


async def lock_living_sign_in(tx: Transaction, sign_in_id: UUID, now: datetime) -> SignIn | None:
    """The family as it is now; two refreshes with one token pass here one after the other."""
    statement = select(SignIn).where(SignIn.id == sign_in_id, _is_living(now)).with_for_update(key_share=True)
    return await tx.scalar(statement)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a refresh changes in its sign-in."""

    refresh_hash: str
    last_used_at: datetime
    expires_at: datetime
    address: str


async def rotate(tx: Transaction, sign_in_id: UUID, rotation: Rotation) -> None:
    values = {
        "refresh_hash": rotation.refresh_hash,
        "last_used_at": rotation.last_used_at,
        "expires_at": rotation.expires_at,
        "address": rotation.address,
    }
    await tx.execute(update(SignIn).where(SignIn.id == sign_in_id).values(values))


async def living_sign_ins(
    tx: Transaction, user_id: UUID, now: datetime, *, before: UUID | None, limit: int
) -> Sequence[SignIn]:
    """The next `limit` sign-ins of a person, newest first."""
    statement = select(SignIn).where(SignIn.user_id == user_id, _is_living(now)).order_by(SignIn.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(SignIn.id < before)
    return (await tx.scalars(statement)).all()


async def revoke_sign_in(tx: Transaction, user_id: UUID, sign_in_id: UUID, *, reason: str, now: datetime) -> bool:
    """Whether there was such a living sign-in of this person."""
    mine = SignIn.user_id == user_id
    return bool(await _revoke(tx, mine & (SignIn.id == sign_in_id) & _is_living(now), reason, now))


async def revoke_other_sign_ins(
    tx: Transaction, user_id: UUID, kept_id: UUID, *, reason: str, now: datetime
) -> Sequence[UUID]:
    mine = SignIn.user_id == user_id
    return await _revoke(tx, mine & (SignIn.id != kept_id) & _is_living(now), reason, now)


async def revoke_every_sign_in(tx: Transaction, user_id: UUID, *, reason: str, now: datetime) -> Sequence[UUID]:
    return await _revoke(tx, (SignIn.user_id == user_id) & _is_living(now), reason, now)


async def revoke_beyond(tx: Transaction, user_id: UUID, most: int, *, reason: str, now: datetime) -> Sequence[UUID]:
    """Revoke the longest unused of a person's sign-ins so that at most `most` are left."""
    mine = (SignIn.user_id == user_id) & _is_living(now)
    surplus = select(SignIn.id).where(mine).order_by(SignIn.last_used_at.desc(), SignIn.id.desc()).offset(most)
    return await _revoke(tx, SignIn.id.in_(surplus), reason, now)


async def _revoke(tx: Transaction, which: ColumnElement[bool], reason: str, now: datetime) -> Sequence[UUID]:
    statement = update(SignIn).where(which).values(revoked_at=now, revoked_reason=reason)
    return (await tx.scalars(statement.returning(SignIn.id).execution_options(synchronize_session=False))).all()


async def forget_ended_sign_ins(tx: Transaction, older_than: datetime) -> None:
    await tx.execute(delete(SignIn).where(or_(SignIn.revoked_at < older_than, SignIn.expires_at < older_than)))


async def count_api_keys(tx: Transaction, user_id: UUID) -> int:
    return await tx.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id)) or 0


async def add_api_key(tx: Transaction, api_key: ApiKey) -> None:
    tx.add(api_key)
    await tx.flush()


async def api_keys(tx: Transaction, user_id: UUID, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    """The next `limit` keys of a person, newest first."""
    statement = select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ApiKey.id < before)
    return (await tx.scalars(statement)).all()


async def delete_api_key(tx: Transaction, user_id: UUID, api_key_id: UUID) -> bool:
    """Whether there was such a key of this person."""
    statement = delete(ApiKey).where(ApiKey.id == api_key_id, ApiKey.user_id == user_id).returning(ApiKey.id)
    return await tx.scalar(statement) is not None
