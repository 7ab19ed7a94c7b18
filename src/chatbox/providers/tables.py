"""Model providers that people added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chatbox.kernel.db import Table


class Provider(Table):
    """An endpoint and a key. `is_trusted` is true when an admin chose the address: it may then be a private one.

    `models` is the list the endpoint last gave, `model_names` what a person typed for endpoints that have no list.
    """

    __tablename__ = "providers"
    __table_args__ = (
        Index("ix_providers_owner_id", "owner_id"),
        Index("ix_providers_shared", "shared", postgresql_where=text("shared")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    base_url: Mapped[str] = mapped_column(Text)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_hint: Mapped[str | None] = mapped_column(Text)
    shared: Mapped[bool]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    is_trusted: Mapped[bool]
    model_names: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    models: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    models_tried_at: Mapped[datetime | None]
    models_fetched_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(Text)
    error_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
