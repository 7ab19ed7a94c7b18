"""What can go wrong with a completion, and how OpenAI's clients are told: their shape, their codes, their statuses."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from chatbox.kernel.errors import AppError, InvalidRequest, Param
from chatbox.kernel.i18n import Texts
from chatbox.providers.port import ModelError

BAD_REQUEST = 400
_BAD_GATEWAY = 502


class ToolResultWithoutCall(AppError):
    """A tool's result names no call of the assistant before it."""

    code = "tool_result_without_call"
    status = BAD_REQUEST


class BadImage(AppError):
    """A picture is neither a readable `data:` URL nor a public `https:` address."""

    code = "bad_image"
    status = BAD_REQUEST


class TooManyCompletions(AppError):
    """One person's programs ask for too much at once."""

    code = "too_many_completions"
    status = 429


class CompletionTooLong(AppError):
    """An answer that was to be sent in one piece does not end."""

    code = "completion_too_long"
    status = _BAD_GATEWAY


class _Detail(msgspec.Struct):
    message: str
    type: str
    param: str | None
    code: str | None


class _Body(msgspec.Struct):
    error: _Detail


_encode = msgspec.json.Encoder().encode

# A provider that refuses its own key is our fault in the caller's eyes: a 401 would blame the caller's key.
_STATUS_OF_MODEL_ERROR: Mapping[str, int] = {
    "model_request_refused": BAD_REQUEST,
    "context_too_long": BAD_REQUEST,
    "model_not_found": 404,
    "model_quota_exceeded": 429,
    "model_rate_limited": 429,
    "model_overloaded": 503,
    "local_model_missing": 503,
    "local_model_failed": 503,
}
# The codes that clients look for; every other failure keeps our own.
_OPENAI_CODE: Mapping[str, str] = {
    "not_signed_in": "invalid_api_key",
    "model_unknown": "model_not_found",
    "context_too_long": "context_length_exceeded",
    "model_rate_limited": "rate_limit_exceeded",
    "too_many_completions": "rate_limit_exceeded",
    "model_quota_exceeded": "insufficient_quota",
}
# Texts that speak to the author of a program, where the usual ones speak to a person in front of our page.
_OWN_TEXT: Mapping[str, str] = {
    "not_signed_in": "api_key_wrong",
    "stream_broken": "completion_broken",
    "context_too_long": "completion_context_too_long",
}
_TYPE_OF_STATUS: Mapping[int, str] = {403: "permission_error", 429: "rate_limit_error"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failure as an OpenAI client understands it. `body` is the JSON document, `retry_after` in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None
    is_hopeless: bool = False

    def headers(self) -> dict[str, str]:
        """What the client's own retries go by; `x-should-retry` is OpenAI's."""
        headers: dict[str, str] = {}
        if self.retry_after is not None:
            headers["retry-after"] = str(max(1, round(self.retry_after)))
        if self.is_hopeless:
            headers["x-should-retry"] = "false"
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        return headers


def refuse(error: AppError | ModelError, texts: Texts, language: str) -> Refusal:
    """Tell `error` in `language`."""
    if isinstance(error, ModelError):
        return _refuse_for_model(error, texts, language)
    status = BAD_REQUEST if error.status == InvalidRequest.status else error.status
    message = texts.say(_text_key(error.code), language, error.params)
    param = error.params.get("param")
    return _refusal(status, error.code, message, param=str(param) if param else None, retry_after=error.retry_after)


def refuse_field(param: str | None, message: str) -> Refusal:
    """Tell that one field of the request is wrong; `param` is None when the request has no readable fields at all."""
    shown = f"{param}: {message}" if param else message
    return _refusal(BAD_REQUEST, "invalid_value", shown, param=param)


def _refuse_for_model(error: ModelError, texts: Texts, language: str) -> Refusal:
    params: dict[str, Param] = {"provider_said": error.detail}
    message = texts.say(_text_key(error.code), language, params)
    if error.detail not in message:
        message = f"{message} ({error.detail})"
    return _refusal(
        _STATUS_OF_MODEL_ERROR.get(error.code, _BAD_GATEWAY),
        error.code,
        message,
        retry_after=error.retry_after,
        is_hopeless=not error.is_retryable,
    )


def _text_key(code: str) -> str:
    return f"errors.{_OWN_TEXT.get(code, code)}"


def _refusal(
    status: int,
    code: str,
    message: str,
    *,
    param: str | None = None,
    retry_after: float | None = None,
    is_hopeless: bool = False,
) -> Refusal:
    kind = _TYPE_OF_STATUS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    code = _OPENAI_CODE.get(code, code)
    kind = code if code == "insufficient_quota" else kind
    return Refusal(status, _encode(_Body(_Detail(message, kind, param, code))), retry_after, is_hopeless)
