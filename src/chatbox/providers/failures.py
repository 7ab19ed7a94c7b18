"""Turns what a provider says when it fails (a status, a body, an error inside the stream) into one typed `ModelError`.

The status decides first and words second, and only words that providers document: a mapper that looks for words first
calls a wrong key a rate limit.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import msgspec

from chatbox.providers.port import (
    ContextTooLong,
    Endpoint,
    ModelAuthFailed,
    ModelError,
    ModelNotFound,
    ModelOverloaded,
    ModelQuotaExceeded,
    ModelRateLimited,
    ModelRequestRefused,
    ModelServerFailed,
    StreamBroken,
)

_QUOTA = re.compile(r"insufficient_quota|billing_|credit balance is too low|insufficient balance|insufficient_balance")
_BAD_KEY = re.compile(r"invalid_api_key|api_key_invalid|api key not valid")
_TOO_LONG = re.compile(
    r"context_length|context length|context window|context size|prompt is too long|maximum context"
    r"|input token count .*exceeds|input is too long|request_too_large|prompt_too_long"
)
_KEY_SHAPE = re.compile(r"\b(?:sk|gsk|xai|pk|AIza|key)[-_][\w*.-]{6,}|\bAIza[\w*-]{10,}")
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_SHORTEST_SECRET = 6
_LONGEST_PLAIN_TEXT = 300

_STATUS_OF_WORD = {
    "api_error": 500,
    "authentication_error": 401,
    "billing_error": 402,
    "context_length_exceeded": 400,
    "deadline_exceeded": 504,
    "insufficient_quota": 402,
    "internal": 500,
    "internal_server_error": 500,
    "invalid_argument": 400,
    "invalid_image": 400,
    "invalid_prompt": 400,
    "invalid_request_error": 400,
    "model_not_found": 404,
    "not_found": 404,
    "not_found_error": 404,
    "overloaded_error": 529,
    "permission_denied": 403,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "request_too_large": 413,
    "resource_exhausted": 429,
    "server_error": 500,
    "timeout_error": 504,
    "unauthenticated": 401,
    "unavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a provider said, before it has a type. `words` are its machine-readable codes, lower case."""

    message: str = ""
    words: tuple[str, ...] = ()
    code: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Removes secrets from words that are shown to people: the endpoint's own, and whatever looks like a key."""

    secrets: tuple[str, ...] = field(repr=False, default=())

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Scrubber":
        words = [endpoint.api_key, *endpoint.headers.values()]
        words += [value.removeprefix("Bearer ") for value in endpoint.headers.values()]
        return cls(tuple(sorted({word for word in words if len(word) >= _SHORTEST_SECRET}, key=len, reverse=True)))

    def scrub(self, error: ModelError) -> None:
        """Clean the error's words, wherever it carries them."""
        error.detail = self.clean(error.detail)
        error.args = (error.detail,)

    def clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return _KEY_SHAPE.sub("[secret]", text)


def answer_failed(status: int, body: bytes, headers: Mapping[str, str], now: Callable[[], float]) -> ModelError:
    """The error for an HTTP answer that is no success. `now` is the wall clock in seconds, for `Retry-After` dates."""
    complaint = read_complaint(body)
    retry_after = read_retry_after(headers, now)
    return _type_of(status, complaint)(
        complaint.message or f"HTTP {status}{_page_title(body)}",
        status=status,
        retry_after=complaint.retry_after if retry_after is None else retry_after,
        request_id=headers.get("x-request-id") or headers.get("request-id"),
    )


def stream_failed(error: object) -> ModelError:
    """The error for an error object inside a stream that had begun with a success."""
    return _typed(_complaint_of(error))


def disguised_failure(body: bytes) -> ModelError:
    """The error for a JSON document that came with a success status where a stream was due."""
    complaint = read_complaint(body)
    return _typed(complaint) if complaint.message else StreamBroken("the answer is not a stream")


def read_complaint(body: bytes) -> Complaint:
    """The provider's own words out of an error body: JSON of a known shape, or a short plain text; else none."""
    try:
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        text = body.decode("utf-8", "replace").strip()
        return Complaint("" if text.startswith("<") or len(text) > _LONGEST_PLAIN_TEXT else text)
    if isinstance(document, list) and document:
        document = document[0]
    if isinstance(document, dict) and document.get("error"):
        return _complaint_of(document["error"])
    return _complaint_of(document)


def read_retry_after(headers: Mapping[str, str], now: Callable[[], float]) -> float | None:
    """Seconds to wait, from `Retry-After-Ms` or `Retry-After` (seconds or an HTTP date, RFC 9110 §10.2.3)."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def _typed(complaint: Complaint) -> ModelError:
    """The error for words that came without an HTTP status of their own."""
    status = complaint.code or next((_STATUS_OF_WORD[word] for word in complaint.words if word in _STATUS_OF_WORD), 500)
    detail = complaint.message or "the provider reported an error"
    return _type_of(status, complaint)(detail, status=status, retry_after=complaint.retry_after)


def _type_of(status: int, complaint: Complaint) -> type[ModelError]:
    said = " ".join((*complaint.words, complaint.message.lower()))
    if status == 402 or _QUOTA.search(said):
        return ModelQuotaExceeded
    if status in (401, 403) or (status == 400 and _BAD_KEY.search(said)):
        return ModelAuthFailed
    if status == 404 or "model_not_found" in complaint.words:
        return ModelNotFound
    if status == 429:
        return ModelRateLimited
    if status in (503, 529) or "overloaded_error" in complaint.words:
        return ModelOverloaded
    if status not in (408, 409, 425) and _TOO_LONG.search(said):
        return ContextTooLong
    return ModelServerFailed if status >= 500 or status in (408, 409, 425) else ModelRequestRefused


def _complaint_of(error: object) -> Complaint:
    """Shapes: OpenAI `{message, type, code}`, Anthropic `{type, message}`, Google `{code, status, message, details}`,
    Ollama a plain string, FastAPI servers `{detail}`, OpenRouter `{code, message, metadata: {raw}}`."""
    if isinstance(error, str):
        return Complaint(message=error)
    if not isinstance(error, dict):
        return Complaint()
    message = next((text for key in ("message", "detail", "error") if isinstance(text := error.get(key), str)), "")
    words = [str(error[key]).lower() for key in ("code", "type", "status") if error.get(key) is not None]
    details = [item for item in _items(error.get("details")) if isinstance(item, dict)]
    words += [item["reason"].lower() for item in details if isinstance(item.get("reason"), str)]
    delays = [item["retryDelay"] for item in details if isinstance(item.get("retryDelay"), str)]
    code = next((int(word) for word in words if word.isdigit() and 400 <= int(word) <= 599), None)
    return Complaint(message, tuple(words), code, _number(delays[0].removesuffix("s")) if delays else None)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _number(text: str | None) -> float | None:
    """A finite count of seconds that is not negative, or None."""
    try:
        number = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _page_title(body: bytes) -> str:
    """What a web page that came instead of an answer calls itself, which often names the proxy at fault."""
    found = _TITLE.search(body)
    return f": {found.group(1).decode('utf-8', 'replace').strip()}" if found else ""
