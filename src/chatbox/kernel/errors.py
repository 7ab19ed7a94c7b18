"""Everything that can go wrong in a way that a person should be told about.

Each failure is a class named after the fact. Its `code` is stable and has a text (`errors.<code>`) in every language:
in `locales/server/`, or in `locales/` when the page says it by itself too, as what comes over a stream as a code alone.
`params` fill the places in that text.
"""

from typing import ClassVar

Param = str | int | float


class AppError(Exception):
    """A refusal or failure with an HTTP status, a stable code and the values its text needs."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, *, retry_after: float | None = None, **params: Param) -> None:
        super().__init__(self.code)
        self.params = params
        self.retry_after = retry_after


class InvalidRequest(AppError):
    code = "invalid_request"
    status = 422


class NotFound(AppError):
    code = "not_found"
    status = 404


class NotSignedIn(AppError):
    code = "not_signed_in"
    status = 401


class NotAllowed(AppError):
    code = "not_allowed"
    status = 403


class ScopeMissing(AppError):
    code = "scope_missing"
    status = 403


class ForeignOrigin(AppError):
    code = "foreign_origin"
    status = 403


class TooManyRequests(AppError):
    code = "too_many_requests"
    status = 429


class BodyTooLarge(AppError):
    code = "body_too_large"
    status = 413


class ShuttingDown(AppError):
    code = "shutting_down"
    status = 503


class StoreUnavailable(AppError):
    """PostgreSQL does not answer at the moment."""

    code = "store_unavailable"
    status = 503


class Deadlocked(StoreUnavailable):
    """PostgreSQL ended this transaction, since it and another one waited for each other. The same may work at once."""


class StorageUnavailable(AppError):
    """Where files are kept does not answer, or refuses, at the moment."""

    code = "storage_unavailable"
    status = 503

    @property
    def reason(self) -> str:
        """In one line and only for who runs the server: it may name keys and addresses."""
        return str(self.__cause__ or "no answer").partition("\n")[0]
