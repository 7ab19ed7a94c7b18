"""What the scripted upstream needs to know of one wire."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.upstreams.turns import Turn


@dataclass(frozen=True)
class Failure:
    status: int
    message: str


@dataclass(frozen=True)
class Wire:
    """One provider protocol: how a turn is framed, how an error looks before and inside a stream."""

    name: str
    content_type: str
    frames: Callable[[Turn], list[bytes]]
    error_body: Callable[[Failure], bytes]
    error_frame: bytes
    malformed: bytes
    models_body: bytes


def sse(data: object, event: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
