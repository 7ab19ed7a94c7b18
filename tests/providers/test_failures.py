"""What providers say when they fail, and which error it becomes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.providers.failures import Scrubber, answer_failed, read_complaint, read_retry_after, stream_failed
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
)

NOW = 1_790_000_000.0


def failed(status: int, body: object, headers: dict[str, str] | None = None) -> ModelError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer_failed(status, raw, headers or {}, lambda: NOW)


@pytest.mark.parametrize(
    ("status", "body", "expected", "detail"),
    [
        (401, {"error": {"message": "Incorrect key", "code": "invalid_api_key"}}, ModelAuthFailed, "Incorrect key"),
        (400, {"error": {"message": "API key not valid.", "status": "INVALID_ARGUMENT"}}, ModelAuthFailed, "API key n"),
        (429, {"error": {"message": "Over quota", "code": "insufficient_quota"}}, ModelQuotaExceeded, "Over quota"),
        (400, {"error": {"message": "Your credit balance is too low to"}}, ModelQuotaExceeded, "Your credit"),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, ModelQuotaExceeded, "Insufficient"),
        (429, {"error": {"message": "You exceeded your current quota"}}, ModelRateLimited, "You exceeded"),
        (401, {"error": {"message": "rate_limit_exceeded"}}, ModelAuthFailed, "rate_limit"),
        (400, {"error": {"message": "bad", "code": "context_length_exceeded"}}, ContextTooLong, "bad"),
        (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000"}}, ContextTooLong, "prompt is"),
        (400, {"error": {"message": "The input token count (9) exceeds the maximum"}}, ContextTooLong, "The input"),
        (500, {"error": {"message": "the request exceeds the available context size"}}, ContextTooLong, "the request"),
        (413, {"error": {"type": "request_too_large", "message": "Too large"}}, ContextTooLong, "Too large"),
        (404, {"error": "model 'x' not found, try pulling it first"}, ModelNotFound, "model 'x'"),
        (400, {"error": {"message": "no", "code": "model_not_found"}}, ModelNotFound, "no"),
        (422, {"detail": "field required"}, ModelRequestRefused, "field required"),
        (422, {"detail": [{"loc": ["body"]}]}, ModelRequestRefused, "HTTP 422"),
        (500, {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}, ModelOverloaded, "Busy"),
        (408, {}, ModelServerFailed, "HTTP 408"),
        (409, b"", ModelServerFailed, "HTTP 409"),
        (500, b"upstream connect error", ModelServerFailed, "upstream connect error"),
        (500, b"x" * 5000, ModelServerFailed, "HTTP 500"),
        (502, b"<html><title>\n Bad gateway </title>", ModelServerFailed, "HTTP 502: Bad gateway"),
        (400, [{"error": {"code": 400, "message": "In a list"}}], ModelRequestRefused, "In a list"),
        (400, [], ModelRequestRefused, "HTTP 400"),
        (400, b"[" * 100_000, ModelRequestRefused, "HTTP 400"),
        (418, 7, ModelRequestRefused, "HTTP 418"),
    ],
)
def test_an_answer_that_failed_is_typed_by_its_status_first(
    status: int, body: object, expected: type[ModelError], detail: str
) -> None:
    error = failed(status, body)
    assert type(error) is expected
    assert error.detail.startswith(detail)
    assert error.status == status


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 429, "message": "x"}, ModelRateLimited),
        ({"code": "429", "message": "x"}, ModelRateLimited),
        ({"type": "rate_limit_error", "message": "x"}, ModelRateLimited),
        ({"status": "UNAVAILABLE", "message": "x"}, ModelOverloaded),
        ({"type": "authentication_error"}, ModelAuthFailed),
        ({"type": "something_new", "message": "x"}, ModelServerFailed),
        ({"code": 200, "message": "x"}, ModelServerFailed),
        ("plain words", ModelServerFailed),
        (None, ModelServerFailed),
        (True, ModelServerFailed),
    ],
)
def test_an_error_inside_a_stream_is_typed_by_its_code(error: object, expected: type[ModelError]) -> None:
    assert type(stream_failed(error)) is expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:27 GMT"}, 7.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:13 GMT"}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "whenever"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_form_that_servers_use(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, lambda: NOW) == seconds


def test_the_request_id_and_the_wait_are_kept() -> None:
    error = failed(429, {}, {"request-id": "req_7", "retry-after": "3"})
    assert (error.request_id, error.retry_after) == ("req_7", 3.0)


def test_the_details_of_an_error_stay_short() -> None:
    assert len(failed(400, {"error": {"message": "long " * 1000}}).detail) == 500


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("bad key my-own-secret!", "bad key [secret]"),
        ("header was token-in-a-header", "header was [secret]"),
        ("Incorrect API key provided: sk-proj-abc*****wxyz.", "Incorrect API key provided: [secret]"),
        ("key AIzaSyA1234567890 is bad", "key [secret] is bad"),
        ("the task-force failed", "the task-force failed"),
    ],
)
def test_secrets_are_removed_from_what_people_read(said: str, shown: str) -> None:
    endpoint = Endpoint("https://x", "my-own-secret!", {"Authorization": "Bearer token-in-a-header"})
    assert Scrubber.of(endpoint).clean(said) == shown


def test_a_scrubber_does_not_show_its_secrets() -> None:
    assert "my-own-secret" not in repr(Scrubber.of(Endpoint("https://x", "my-own-secret")))


_WORDS = st.sampled_from(["error", "message", "code", "details", "status", "reason", "retryDelay"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_WORDS, inner)))
def test_any_error_body_is_survived(body: object) -> None:
    read_complaint(json.dumps(body).encode())
    assert isinstance(stream_failed(body), ModelError)
