"""Files, the text read from them, uploads on the way, and the triggers that let go of what nobody uses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What to read about these: docs/decisions/0013-last-use.md. Each locks or changes the row above before it decides, so
# that somebody who begins to use it at the same moment is seen, or finds it gone.
_TRIGGERS = (
    (
        "file_gains_use",
        "AFTER INSERT ON message_files",
        "UPDATE files SET uses = uses + 1 WHERE id = NEW.file_id;",
    ),
    (
        "file_loses_use",
        "AFTER DELETE ON message_files",
        """
        UPDATE files SET uses = uses - 1 WHERE id = OLD.file_id;
        DELETE FROM files WHERE id = OLD.file_id AND uses = 0 AND purpose = 'message_attachment';
        """,
    ),
    (
        "object_loses_file",
        "AFTER DELETE ON files",
        """
        PERFORM 1 FROM file_objects WHERE id = OLD.object_id FOR UPDATE;
        DELETE FROM file_objects
        WHERE id = OLD.object_id AND NOT EXISTS (SELECT 1 FROM files WHERE object_id = OLD.object_id);
        """,
    ),
    (
        "object_becomes_garbage",
        "AFTER DELETE ON file_objects",
        """
        INSERT INTO storage_garbage (storage_key, not_before)
        SELECT key, now() FROM (VALUES (OLD.storage_key), (OLD.view_key)) AS gone (key) WHERE key IS NOT NULL
        ON CONFLICT (storage_key) DO UPDATE SET not_before = excluded.not_before;
        """,
    ),
    (
        "parts_become_garbage",
        "AFTER DELETE ON uploads",
        """
        INSERT INTO storage_garbage (storage_key, not_before)
        SELECT part ->> 'key', now() FROM jsonb_array_elements(OLD.parts) AS part
        ON CONFLICT (storage_key) DO UPDATE SET not_before = excluded.not_before;
        """,
    ),
)


def upgrade() -> None:
    _create_objects()
    _create_files()
    _create_uploads()
    for name, when, body in _TRIGGERS:
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _create_objects() -> None:
    op.create_table(
        "file_objects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_of", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem_code", sa.Text(), nullable=True),
        sa.Column("view_key", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_file_objects_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_objects")),
        sa.UniqueConstraint("owner_id", "sha256", name=op.f("uq_file_objects_owner_id_sha256")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_file_objects_storage_key")),
        sa.UniqueConstraint("view_key", name=op.f("uq_file_objects_view_key")),
    )
    op.create_index(
        "ix_file_objects_open",
        "file_objects",
        ["state", "queued_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'reading')"),
    )
    op.create_index("ix_file_objects_owner_id_begun_at", "file_objects", ["owner_id", "begun_at"], unique=False)
    op.create_table(
        "file_texts",
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("meta", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["file_objects.id"], name=op.f("fk_file_texts_object_id_file_objects"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_file_texts")),
    )


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_files_owner_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["object_id"], ["file_objects.id"], name=op.f("fk_files_object_id_file_objects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(
        "ix_files_owner_recent",
        "files",
        ["owner_id", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_files_object_id", "files", ["object_id"], unique=False)
    op.create_table(
        "message_files",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_files_message_id_messages"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name=op.f("fk_message_files_file_id_files"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "file_id", name=op.f("pk_message_files")),
    )
    op.create_index("ix_message_files_file_id", "message_files", ["file_id"], unique=False)
    op.create_index("ix_message_files_session_id", "message_files", ["session_id"], unique=False)


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("metadata_header", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_uploads_owner_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_owner_id", "uploads", ["owner_id"], unique=False)
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"], unique=False)
    op.create_table(
        "storage_garbage",
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_doomed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_storage_garbage")),
    )
    op.create_index("ix_storage_garbage_not_before", "storage_garbage", ["not_before"], unique=False)
    op.create_table(
        "storage_sweeps",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_storage_sweeps")),
    )


def downgrade() -> None:
    for name, _when, _body in _TRIGGERS:
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    for table in ("storage_sweeps", "storage_garbage", "uploads", "message_files", "files", "file_texts"):
        op.drop_table(table)
    op.drop_table("file_objects")
