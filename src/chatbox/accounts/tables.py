"""The tables of people, their sign-ins and API keys, and what the server remembers about both."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chatbox.kernel.db import Table

Role = Literal["admin", "user"]
Status = Literal["active", "suspended"]


class User(Table):
    """A person with an account; `email` is stored in lower case."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role in ('admin', 'user')", name="role"),
        CheckConstraint("status in ('active', 'suspended')", name="status"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_at: Mapped[datetime]
    role: Mapped[Role] = mapped_column(Text)
    status: Mapped[Status] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SignIn(Table):
    """A signed-in browser or app: one family of refresh tokens, of which only the newest one's hash is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    refresh_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(Text)


class ApiKey(Table):
    """A long-lived key of a program; `prefix` is the readable start of the key, `key_hash` the SHA-256 of all of it."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[str] = mapped_column(Text, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class AttemptCount(Table):
    """How often something was tried in the running window, for every instance of the server together."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "window_started_at"),)

    bucket: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]
    window_started_at: Mapped[datetime]


class ServerSetting(Table):
    """A choice that admins make while the server runs."""

    __tablename__ = "server_settings"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[object] = mapped_column(JSONB)


class AuditEntry(Table):
    """Something an admin did, or a sign-in that was refused. It outlives the people in it, so it names them itself."""

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    actor: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str]] = mapped_column(JSONB)
