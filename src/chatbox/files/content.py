"""Serving bytes as RFC 9110 asks for it: ranges, validators, and headers that let no file act as a page."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chatbox.files.links import Disposition
from chatbox.files.names import disposition

# What browsers show as a picture and never run.
RASTER_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
_MOST_DIGITS = 18
_SANDBOX = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. `span` is None when no body is to be sent: not changed (304), or nothing in that range (416)."""

    status: int
    headers: dict[str, str]
    span: Span | None


def how_shown(mime_type: str, *, as_download: bool) -> Disposition:
    """Only pictures are shown in place; everything else is saved, so that no file runs as a page of ours."""
    return "inline" if mime_type in RASTER_TYPES and not as_download else "attachment"


def plan_reply(
    asked: Mapping[str, str], *, storage_key: str, size: int, mime_type: str, kind: Disposition, filename: str
) -> Reply:
    """How to answer a request with the headers `asked` for an object, which never changes under its key."""
    etag = f'"{hashlib.sha256(storage_key.encode()).hexdigest()[:32]}"'
    headers = {
        "content-type": mime_type,
        "content-disposition": disposition(kind, filename),
        "content-security-policy": _SANDBOX,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "accept-ranges": "bytes",
        "etag": etag,
    }
    if _names(asked.get("if-none-match"), etag):
        return Reply(304, headers, None)
    wanted = asked.get("range")
    if wanted is None or asked.get("if-range", etag) != etag:
        return _whole(headers, size)
    return _part(headers, wanted, size)


def _whole(headers: dict[str, str], size: int) -> Reply:
    return Reply(200, headers | {"content-length": str(size)}, Span(0, size))


def _part(headers: dict[str, str], wanted: str, size: int) -> Reply:
    """One range (RFC 9110 §14). Several at once, and what is no range at all, may be ignored: the whole is sent."""
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match.group(1, 2) == ("", "") or max(map(len, match.group(1, 2))) > _MOST_DIGITS:
        return _whole(headers, size)
    first, last = match.group(1, 2)
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return _whole(headers, size)
    if start >= end:
        return Reply(416, {"content-range": f"bytes */{size}"}, None)
    part = {"content-range": f"bytes {start}-{end - 1}/{size}", "content-length": str(end - start)}
    return Reply(206, headers | part, Span(start, end))


def _names(condition: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` holds this tag; compared weakly (§8.8.3.2)."""
    if condition is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return "*" in tags or etag in tags
