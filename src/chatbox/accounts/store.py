"""Every SQL statement about people, the server's settings, the audit log and the counts of attempts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import case, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from chatbox.accounts.tables import AttemptCount, AuditEntry, Role, ServerSetting, Status, User
from chatbox.kernel.db import Transaction
from chatbox.kernel.ids import new_id

# Any constant: whoever makes an account or changes who is an admin holds this lock until the end of the transaction.
_MEMBERSHIP_LOCK: Final = 0x63_68_61_74_62_6F_78_01


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a new account starts with."""

    email: str
    name: str
    password_hash: str
    role: Role


async def lock_membership(tx: Transaction) -> None:
    """Wait for our turn to change who belongs to this server, or who is an admin of it."""
    await tx.execute(select(func.pg_advisory_xact_lock(_MEMBERSHIP_LOCK)))


async def has_users(tx: Transaction) -> bool:
    return bool(await tx.scalar(select(exists(select(User.id)))))


async def add_user(tx: Transaction, new: NewUser, now: datetime) -> User | None:
    """The new row, or None when the address has an account already."""
    statement = (
        insert(User)
        .values(
            id=new_id(),
            email=new.email,
            name=new.name,
            password_hash=new.password_hash,
            password_changed_at=now,
            role=new.role,
            status="active",
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[User.email])
        .returning(User)
    )
    return await tx.scalar(statement)


async def user_by_email(tx: Transaction, email: str) -> User | None:
    return await tx.scalar(select(User).where(User.email == email))


async def user_by_id(tx: Transaction, user_id: UUID) -> User | None:
    return await tx.scalar(select(User).where(User.id == user_id))


async def lock_user(tx: Transaction, user_id: UUID) -> User | None:
    """The row as it is now; nobody else suspends, deletes or changes it until the transaction ends."""
    statement = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return await tx.scalar(statement)


async def users_page(tx: Transaction, after: UUID | None, limit: int) -> Sequence[User]:
    """The next `limit` people in the order of their joining."""
    statement = select(User).order_by(User.id).limit(limit)
    if after is not None:
        statement = statement.where(User.id > after)
    return (await tx.scalars(statement)).all()


async def set_profile(tx: Transaction, user_id: UUID, *, name: str, language: str | None, now: datetime) -> User | None:
    statement = update(User).where(User.id == user_id).values(name=name, language=language, updated_at=now)
    return await tx.scalar(statement.returning(User))


async def set_standing(tx: Transaction, user_id: UUID, *, role: Role, status: Status, now: datetime) -> User:
    """For a row that the transaction has locked."""
    statement = update(User).where(User.id == user_id).values(role=role, status=status, updated_at=now)
    return (await tx.scalars(statement.returning(User))).one()


async def change_password(tx: Transaction, user_id: UUID, password_hash: str, now: datetime) -> None:
    values = {"password_hash": password_hash, "password_changed_at": now, "updated_at": now}
    await tx.execute(update(User).where(User.id == user_id).values(values))


async def renew_hash(tx: Transaction, user_id: UUID, password_hash: str) -> None:
    """The same password, hashed with today's parameters."""
    await tx.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def delete_user(tx: Transaction, user_id: UUID) -> None:
    await tx.execute(delete(User).where(User.id == user_id))


async def has_other_admin(tx: Transaction, user_id: UUID) -> bool:
    """Whether somebody else is an admin who can sign in."""
    others = select(User.id).where(User.role == "admin", User.status == "active", User.id != user_id)
    return bool(await tx.scalar(select(exists(others))))


async def setting(tx: Transaction, key: str) -> object | None:
    return await tx.scalar(select(ServerSetting.value).where(ServerSetting.key == key))


async def settings(tx: Transaction, keys: Collection[str]) -> Mapping[str, object]:
    """Those of the settings that were chosen."""
    rows = await tx.execute(select(ServerSetting.key, ServerSetting.value).where(ServerSetting.key.in_(keys)))
    return {row.key: row.value for row in rows}


async def drop_setting(tx: Transaction, key: str) -> None:
    """Forget what was chosen."""
    await tx.execute(delete(ServerSetting).where(ServerSetting.key == key))


async def put_setting(tx: Transaction, key: str, value: object) -> None:
    statement = insert(ServerSetting).values(key=key, value=value)
    await tx.execute(statement.on_conflict_do_update(index_elements=[ServerSetting.key], set_={"value": value}))


async def add_audit_entry(tx: Transaction, entry: AuditEntry) -> None:
    tx.add(entry)
    await tx.flush()


async def audit_page(tx: Transaction, before: UUID | None, limit: int) -> Sequence[AuditEntry]:
    """The next `limit` entries, newest first."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return (await tx.scalars(statement)).all()


async def forget_audit_entries(tx: Transaction, older_than: datetime) -> None:
    await tx.execute(delete(AuditEntry).where(AuditEntry.created_at < older_than))


async def count_attempt(tx: Transaction, bucket: str, *, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count one attempt; returns the count in the running window and when that window began."""
    is_over = AttemptCount.window_started_at <= now - window
    statement = (
        insert(AttemptCount)
        .values(bucket=bucket, count=1, window_started_at=now)
        .on_conflict_do_update(
            index_elements=[AttemptCount.bucket],
            set_={
                "count": case((is_over, 1), else_=AttemptCount.count + 1),
                "window_started_at": case((is_over, now), else_=AttemptCount.window_started_at),
            },
        )
        .returning(AttemptCount.count, AttemptCount.window_started_at)
    )
    row = (await tx.execute(statement)).one()
    return row[0], row[1]


async def forget_attempts(tx: Transaction, bucket: str) -> None:
    await tx.execute(delete(AttemptCount).where(AttemptCount.bucket == bucket))


async def forget_old_attempts(tx: Transaction, older_than: datetime) -> None:
    await tx.execute(delete(AttemptCount).where(AttemptCount.window_started_at < older_than))
