"""Where in a request a credential may stand, and when a cookie counts."""

from collections.abc import Mapping
from typing import Final, Protocol

from chatbox.accounts.site import Site
from chatbox.kernel.errors import ForeignOrigin, NotSignedIn

ACCESS_COOKIE: Final = "chatbox_access"
REFRESH_COOKIE: Final = "chatbox_refresh"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SUBPROTOCOL = "bearer"
_STREAM_PATH_END = "/stream"


class Connection(Protocol):
    """The part of a request or WebSocket that tells who is calling."""

    @property
    def scope(self) -> Mapping[str, object]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def query_params(self) -> Mapping[str, str]: ...
    @property
    def cookies(self) -> Mapping[str, str]: ...


def find_credential(connection: Connection, site: Site) -> str:
    """The one access token or API key of a request: the first found of header, subprotocol, query and cookie.

    A credential that the caller put there on purpose goes before the cookie that a browser adds by itself, and
    a wrong one is not replaced by a right one further down. Raises `NotSignedIn`, `ForeignOrigin`.
    """
    on_purpose = _from_headers(connection.headers) or _from_subprotocol(connection) or _from_query(connection)
    if on_purpose:
        return on_purpose
    from_cookie = connection.cookies.get(ACCESS_COOKIE)
    if not from_cookie:
        raise NotSignedIn
    refuse_foreign_page(connection, site)
    return from_cookie


def refuse_foreign_page(connection: Connection, site: Site) -> None:
    """Refuse what another site's page makes a browser do with our cookies (cross-site request forgery).

    A WebSocket must come from a page of ours for certain, since `SameSite` is all else that guards it. What changes
    something, and a stream, which may send a message by GET, must not come from elsewhere: every browser tells so,
    and what tells nothing is a program, which nobody can trick. Other reading is guarded by `SameSite`.
    """
    is_own = site.is_own_page(connection.headers)
    if _is_websocket(connection):
        if is_own is not True:
            raise ForeignOrigin
    elif is_own is False and (connection.scope["method"] not in _SAFE_METHODS or _is_stream(connection)):
        raise ForeignOrigin


def _from_headers(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key", "").strip() or None


def _from_subprotocol(connection: Connection) -> str | None:
    """The pair `bearer, TOKEN` that a page can offer when it opens a WebSocket, since it cannot set headers."""
    if not _is_websocket(connection):
        return None
    offered = [name.strip() for name in connection.headers.get("sec-websocket-protocol", "").split(",")]
    return offered[1] if len(offered) == 2 and offered[0] == _SUBPROTOCOL else None


def _from_query(connection: Connection) -> str | None:
    return connection.query_params.get("token") if _is_stream(connection) else None


def _is_websocket(connection: Connection) -> bool:
    return connection.scope["type"] == "websocket"


def _is_stream(connection: Connection) -> bool:
    return str(connection.scope["path"]).endswith(_STREAM_PATH_END)
