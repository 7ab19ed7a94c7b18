"""Addresses that open one object to whoever has them, for an hour: what S3 signs itself, the local folder needs too."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import msgspec

from chatbox.files.errors import LinkExpired
from chatbox.files.names import disposition
from chatbox.kernel.clock import Clock
from chatbox.kernel.storage.port import Storage

Disposition = Literal["inline", "attachment"]

LINK_SECONDS = 3600
# An address made again within this time is the same, so that a browser finds the picture in its cache.
_SAME_FOR_SECONDS = 600
_LONGEST_TOKEN = 2000
_MAC_BYTES = 32


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """What a link opens, and how it is to be served. `expires` in seconds since 1970."""

    storage_key: str
    mime_type: str
    disposition: Disposition
    filename: str
    expires: int


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks addresses. `path` is where the server answers them; `key` is for nothing else."""

    storage: Storage
    key: bytes
    clock: Clock
    path: str

    async def make(self, storage_key: str, *, mime_type: str, filename: str, kind: Disposition) -> str:
        """An address for the next hour: the storage's own, or a path on this server."""
        now = int(self.clock().timestamp())
        grant = Grant(storage_key, mime_type, kind, filename, now - now % _SAME_FOR_SECONDS + LINK_SECONDS)
        offered = await self.offered(grant)
        if offered is not None:
            return offered
        payload = msgspec.json.encode(grant)
        token = base64.urlsafe_b64encode(self._mac(payload) + payload).decode().rstrip("=")
        return f"{self.path}/{token}/{quote(filename, safe='')}"

    async def offered(self, grant: Grant) -> str | None:
        """The storage's own address for the next hour; None when the server serves what is stored."""
        return await self.storage.link(
            grant.storage_key,
            disposition=disposition(grant.disposition, grant.filename),
            mime_type=grant.mime_type,
            seconds=LINK_SECONDS,
        )

    def open(self, token: str) -> Grant:
        """What `token` opens. Raises `LinkExpired` for one that is too old, or was not made here."""
        try:
            raw = base64.b64decode(token[:_LONGEST_TOKEN] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError as error:
            raise LinkExpired from error
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise LinkExpired
        grant = msgspec.json.decode(payload, type=Grant)
        if grant.expires < self.clock().timestamp():
            raise LinkExpired
        return grant

    def _mac(self, payload: bytes) -> bytes:
        return hmac.new(self.key, payload, hashlib.sha256).digest()
