"""Chat sessions and their messages: one row a message, a tree by `parent_id`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chatbox.kernel.db import Table


class ChatSession(Table):
    """`is_named` is true once a person chose the name: then no title is made for it."""

    __tablename__ = "chat_sessions"
    __table_args__ = (
        Index("ix_chat_sessions_owner_recent", "owner_id", text("updated_at DESC"), text("id DESC")),
        Index("ix_chat_sessions_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    is_named: Mapped[bool]
    type: Mapped[str] = mapped_column(Text, server_default="chat")
    model: Mapped[str | None] = mapped_column(Text)
    system_prompt: Mapped[str | None] = mapped_column(Text)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    folder: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    active_leaf_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Message(Table):
    """While an answer is being written its row holds what it started with; the log holds the rest."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_session_id_parent_id", "session_id", "parent_id"),
        Index("ix_messages_parent_id", "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Text)
    content_parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    model: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    finish_reason: Mapped[str | None] = mapped_column(Text)
    generation_id: Mapped[UUID | None]
    price: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    timestamp: Mapped[datetime] = mapped_column(server_default=func.now())


class MessageFile(Table):
    """That a message carries a file. Triggers count the uses; when the last one goes, an attachment goes with it."""

    __tablename__ = "message_files"
    __table_args__ = (
        Index("ix_message_files_file_id", "file_id"),
        Index("ix_message_files_session_id", "session_id"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[UUID]
