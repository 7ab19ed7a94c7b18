"""What a storage of objects does: it keeps bytes under keys, streams them in and out, and may hand out links."""

import re
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_BYTES_OF_A_KEY = 512
# A file name may have 255 bytes, and writers put something behind it while they write.
MOST_BYTES_OF_A_SEGMENT = 200
# What no file system or URL on the way reads in a way of its own: control characters, quotes, wildcards, separators of
# Windows, the mark of escapes, and the mark that tells a half-written local file.
_NOT_IN_A_KEY = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|#%\ud800-\udfff]')
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class BadKey(ValueError):
    """A key that could mean another place than it says. A mistake of the caller: keys are made by the server."""


class ObjectMissing(Exception):
    """There is no object under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Found:
    """One object of a listing; `size` in bytes, `modified_at` in UTC."""

    key: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What a browser posts to send one object straight to the storage.

    `fields` go into a `multipart/form-data` body in this order, then the bytes in a last field named `file`. The
    storage answers 204, or 403 or 400 when key, size or type are not those that were asked for, or it is too late.
    """

    url: str
    fields: dict[str, str]
    expires_at: datetime


class Storage(Protocol):
    """Keeps objects. Every verb raises `StorageUnavailable` when the storage does not do its part in time."""

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, mime_type: str) -> int:
        """Store what `chunks` yields and return its size in bytes, replacing what was there.

        The object is there in one piece once this returns, and survives a loss of power. Otherwise (the source
        fails, the caller is cancelled, the storage refuses) there is no such object. Holds some 15 MB in
        memory, whatever the size.
        """
        ...

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `start` up to, not including, `end`, as pieces of about a quarter of a megabyte.

        What lies beyond the end is left out. Reads no further ahead than a piece or two. Raises `ObjectMissing` at the
        first step. Close it (`aclosing`) when leaving early.
        """
        ...

    async def size(self, key: str) -> int:
        """In bytes. Raises `ObjectMissing`."""
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete the objects; one that is not there is fine. After a failure some may be gone: ask again."""
        ...

    def list(self, prefix: str) -> AsyncGenerator[Found]:
        """Every object below a folder (`users/`, or `` for all), in no particular order."""
        ...

    async def link(self, key: str, *, disposition: str, mime_type: str, seconds: int) -> str | None:
        """An address that gives the object to whoever knows it, for that long, with these two response headers.

        None when the server has to serve the object itself. Does not look whether the object is there.
        """
        ...

    async def upload_form(self, key: str, *, size: int, mime_type: str, seconds: int) -> UploadForm | None:
        """A form with which a browser can store exactly `size` bytes of `mime_type` under `key`, for that long.

        None when there is no such way in.
        """
        ...


def check_key(key: str) -> str:
    """`key` when it means the same place everywhere: `/` between plain names. Raises `BadKey`."""
    names = key.split("/")
    if len(key.encode("utf-8", "surrogatepass")) > MOST_BYTES_OF_A_KEY or not all(map(_is_plain, names)):
        raise BadKey(key[:MOST_BYTES_OF_A_KEY])
    return key


def check_prefix(prefix: str) -> str:
    """`prefix` when it is empty or a folder, with a `/` at its end. Raises `BadKey`."""
    if prefix:
        if not prefix.endswith("/"):
            raise BadKey(prefix)
        check_key(prefix[:-1])
    return prefix


def _is_plain(name: str) -> bool:
    is_relative = name not in {"", ".", ".."} and not name.endswith((".", " ")) and not name.startswith(" ")
    is_short = len(name.encode("utf-8", "surrogatepass")) <= MOST_BYTES_OF_A_SEGMENT
    return is_relative and is_short and not _NOT_IN_A_KEY.search(name) and not _WINDOWS_DEVICE.match(name)
