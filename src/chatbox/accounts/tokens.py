"""Access tokens (JWT, RFC 7519), refresh tokens and API keys: how they are made, read and remembered."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import jwt

from chatbox.kernel.clock import Clock
from chatbox.kernel.errors import NotSignedIn
from chatbox.kernel.ids import new_id

API_KEY_START = "cb_"
_SHOWN_OF_API_KEY = len(API_KEY_START) + 8
_ALGORITHM = "HS256"
_CLAIMS = ("sub", "sid", "iat", "exp", "jti")
_LEAST_KEY_BYTES = 32  # RFC 7518 §3.2: a key for HS256 is at least as long as the hash
_SECRET_BYTES = 32
_LONGEST_TOKEN = 2048


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom an access token speaks for."""

    user_id: UUID
    sign_in_id: UUID


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs and reads access tokens with one key; the algorithm is never taken from the token."""

    signing_key: bytes
    access_life: timedelta
    clock: Clock

    def __post_init__(self) -> None:
        if len(self.signing_key) < _LEAST_KEY_BYTES:
            raise ValueError(f"the signing key must have at least {_LEAST_KEY_BYTES} bytes")

    def issue(self, user_id: UUID, sign_in_id: UUID) -> str:
        """An access token that is good for `access_life` as long as the sign-in is."""
        now = self.clock()
        claims = {
            "sub": str(user_id),
            "sid": str(sign_in_id),
            "iat": int(now.timestamp()),
            "exp": int((now + self.access_life).timestamp()),
            "jti": str(new_id()),
        }
        return jwt.encode(claims, self.signing_key, algorithm=_ALGORITHM)

    def read(self, token: str) -> AccessClaims:
        """What `token` claims, when its signature and time are right. Raises `NotSignedIn`."""
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise NotSignedIn
        try:
            claims = jwt.decode(
                token,
                self.signing_key,
                algorithms=[_ALGORITHM],
                # Times are compared below, against our own clock.
                options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
            )
            read = AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]))
            expires_at = float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise NotSignedIn from error
        if expires_at <= self.clock().timestamp():
            raise NotSignedIn
        return read


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """`<sign-in id>.<secret>`: the id finds the family, the secret shows which of its tokens this is."""

    sign_in_id: UUID
    secret: str

    @classmethod
    def fresh(cls, sign_in_id: UUID) -> "RefreshToken":
        return cls(sign_in_id, secrets.token_urlsafe(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The token in `text`, or None when it cannot be one."""
        start, _, secret = text.partition(".")
        if not secret or len(text) > _LONGEST_TOKEN or not text.isascii():
            return None
        try:
            return cls(UUID(start), secret)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.sign_in_id}.{self.secret}"

    @property
    def digest(self) -> str:
        return digest(self.secret)


def fresh_api_key() -> str:
    """A new key that programs send as it is; recognisable to people and to secret scanners by its start."""
    return API_KEY_START + secrets.token_urlsafe(_SECRET_BYTES)


def shown_part(api_key: str) -> str:
    """The start of a key, enough to tell a person's keys apart."""
    return api_key[:_SHOWN_OF_API_KEY]


def digest(secret: str) -> str:
    """SHA-256 in hex. Plain is enough here: the secrets are 256 random bits, not words that can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
