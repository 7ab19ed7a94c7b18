"""Time-ordered identifiers (UUIDv7, RFC 9562), so that new rows land together in every index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7; ids made later by this process sort later."""
    return uuid7()
