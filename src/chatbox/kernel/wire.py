"""The bases of everything that crosses the wire, so that all of it has the same manners."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Item = TypeVar("Item")


def rfc3339(moment: datetime) -> str:
    """`moment` in UTC as RFC 3339 with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Incoming(BaseModel):
    """What a client sends: unknown fields are refused, so that a typing mistake is never silently lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Outgoing(BaseModel):
    """What the server sends: no field has a default, so that none turns optional in the generated types."""

    model_config = ConfigDict(from_attributes=True)


class Page(Outgoing, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


class Paging(Incoming):
    """How a client asks for a page."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=200)] = None
