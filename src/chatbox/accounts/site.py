"""Our own web address, and how to tell our own pages from those of other sites."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the server is reached; `public_url` is None when it is reached directly."""

    public_url: str | None

    @property
    def is_https(self) -> bool:
        return (self.public_url or "").lower().startswith("https://")

    def is_own_page(self, headers: Mapping[str, str]) -> bool | None:
        """Whether a page of ours sent a request with these headers; None when the sender does not say.

        `Sec-Fetch-Site` cannot be set by a page (Fetch Metadata, W3C) and goes first, since a proxy that rewrites
        `Host` does not confuse it. `none` is a person typing an address. Older browsers, and sockets of some, send only
        `Origin` (RFC 6454), which must be ours: the host that was asked, or the public address.
        """
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return None
        return self._is_own_origin(origin, headers.get("host", ""))

    def _is_own_origin(self, origin: str, host: str) -> bool:
        parts = _split(origin)
        if parts is None or parts.scheme not in _DEFAULT_PORTS:
            return False
        public = _split(self.public_url) if self.public_url else None
        if public is not None and (public.scheme, _place(public, "")) == (parts.scheme, _place(parts, "")):
            return True
        # The scheme is the page's: behind a proxy that ends TLS we cannot know it, and the port must fit anyway.
        asked = _split(f"{parts.scheme}://{host}")
        return asked is not None and bool(host) and _place(asked, parts.scheme) == _place(parts, parts.scheme)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip().lower())
        _ = parts.port  # raises when it is not a number
    except ValueError:
        return None
    return parts if parts.hostname else None


def _place(parts: SplitResult, scheme: str) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or _DEFAULT_PORTS.get(scheme or parts.scheme)
