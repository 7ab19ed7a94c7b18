"""Runs of the model, the event log of each session, and the processes that write it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from chatbox.kernel.db import Table


class Generation(Table):
    """One run: a question put to a model and its way to an answer. `client_id` is the sender's idempotency key."""

    __tablename__ = "generations"
    __table_args__ = (
        UniqueConstraint("session_id", "client_id"),
        Index("ix_generations_message_id", "message_id"),
        Index("ix_generations_live", "status", "session_id", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_generations_finished_at", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(Text)
    instance_id: Mapped[UUID | None]
    stop_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class SessionLog(Table):
    """The head of a session's log, and its fence: only the run named by `generation_id` may append answer events.

    `last_seq` is the newest event, `floor_seq` the newest trimmed one, `generation_from` the newest event before the
    running answer. `commit_id` and `commit_base` name the committer's last commit and the `seq` before it, so that a
    commit whose answer got lost on the way is not made twice.
    """

    __tablename__ = "session_logs"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    floor_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    generation_id: Mapped[UUID | None]
    generation_from: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    commit_id: Mapped[UUID | None]
    commit_base: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class SessionEvent(Table):
    """One event of a session's log; `data` is its JSON, encoded once.

    There is no foreign key, because checking one for each row would double the cost of a commit; the trimmer removes
    what a deleted session left.
    """

    __tablename__ = "session_events"
    __table_args__ = (Index("ix_session_events_created_at", "created_at", postgresql_using="brin"),)

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    generation_id: Mapped[UUID | None]
    type: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Instance(Table):
    """A server process; it is alive while its heartbeat is fresh."""

    __tablename__ = "instances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=func.now())
