"""Where a page of a list ends, as opaque text that a client hands back."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from chatbox.sessions.errors import BadCursor


def write_cursor(moment: datetime, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The inverse of `write_cursor`. Raises `BadCursor` for anything else."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, row_id = text.partition(" ")
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None:
            raise BadCursor
        return parsed, UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error
