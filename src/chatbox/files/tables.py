"""People's files: what a person sees, the bytes behind it, the text read from them, and uploads on their way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from chatbox.kernel.db import Table


class FileObject(Table):
    """The same bytes of the same person, once. Reading them (`state`) belongs here, so that it is done once too.

    `claim_id` is fresh with every claim: a reader that lost its claim can no longer write.
    """

    __tablename__ = "file_objects"
    __table_args__ = (
        UniqueConstraint("owner_id", "sha256"),
        Index("ix_file_objects_open", "state", "queued_at", postgresql_where=text("state IN ('queued', 'reading')")),
        Index("ix_file_objects_owner_id_begun_at", "owner_id", "begun_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sha256: Mapped[bytes]
    size: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    mime_type: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    progress: Mapped[int] = mapped_column(server_default=text("0"))
    progress_of: Mapped[int] = mapped_column(server_default=text("0"))
    problem_code: Mapped[str | None] = mapped_column(Text)
    view_key: Mapped[str | None] = mapped_column(Text, unique=True)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    claim_id: Mapped[UUID | None]
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begun_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FileText(Table):
    """What was read: Markdown, and where in it (in characters) its pages, slides, sheets and sections begin."""

    __tablename__ = "file_texts"

    object_id: Mapped[UUID] = mapped_column(ForeignKey("file_objects.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    characters: Mapped[int]
    marks: Mapped[list[dict[str, Any]]]
    meta: Mapped[dict[str, Any]]


class File(Table):
    """One file of a person's. `uses` counts the messages that carry it; triggers keep it."""

    __tablename__ = "files"
    __table_args__ = (
        Index("ix_files_owner_recent", "owner_id", text("id DESC")),
        Index("ix_files_object_id", "object_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    object_id: Mapped[UUID] = mapped_column(ForeignKey("file_objects.id"))
    filename: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    uses: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Upload(Table):
    """A file that comes in pieces, or past the server. `parts` are the objects that have arrived, in order: key, size.

    The upload's id becomes the file's. `received` is how many bytes the parts hold; `metadata_header` is given back as
    it came, as tus asks.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_owner_id", "owner_id"), Index("ix_uploads_expires_at", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    mime_type: Mapped[str] = mapped_column(Text)
    metadata_header: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    sha256: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class Garbage(Table):
    """A key in the storage that nothing names (any more). It is written before the object is, so that a death in
    between leaves nothing behind; who makes a row for the object takes it out, unless the sweeper has doomed it."""

    __tablename__ = "storage_garbage"
    __table_args__ = (Index("ix_storage_garbage_not_before", "not_before"),)

    storage_key: Mapped[str] = mapped_column(Text, primary_key=True)
    not_before: Mapped[datetime]
    is_doomed: Mapped[bool] = mapped_column(server_default=text("false"))


class StorageSweep(Table):
    """When the whole storage was last compared with the tables; whoever moves the time on does it."""

    __tablename__ = "storage_sweeps"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    begun_at: Mapped[datetime]
