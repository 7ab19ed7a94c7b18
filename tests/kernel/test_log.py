"""The log: one line of JSON for a thing that happened, without secrets."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog, JsonLine, redact, set_up_logging


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    logger = logging.getLogger("chatbox.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)


def line_of(lines: io.StringIO) -> dict[str, Any]:
    [line] = lines.getvalue().removesuffix("\n").split("\n")
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_line_is_an_event_with_its_fields(lines: io.StringIO) -> None:
    file_id = new_id()

    EventLog("chatbox.test").info("file parsed", file_id=file_id, seconds=1.5, filename="报告.pdf")

    told = line_of(lines)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "name": "chatbox.test",
        "event": "file parsed",
        "file_id": str(file_id),
        "seconds": 1.5,
        "filename": "报告.pdf",
    }


@pytest.mark.parametrize("level", ["warning", "error"])
def test_a_failure_is_told_in_the_same_line(lines: io.StringIO, level: str) -> None:
    log = EventLog("chatbox.test")
    try:
        _fail()
    except ValueError as error:
        {"warning": log.warning, "error": log.error}[level]("it failed", exc_info=error, attempt=2)

    told = line_of(lines)
    assert (told["level"], told["attempt"]) == (level, 2)
    assert told["error"].endswith("ValueError: token=[redacted]")


def test_an_endless_text_is_cut(lines: io.StringIO) -> None:
    EventLog("chatbox.test").info("x" * 10_000)

    assert len(line_of(lines)["event"]) == 2000


def test_a_line_break_cannot_forge_a_line(lines: io.StringIO) -> None:
    EventLog("chatbox.test").info("a\n{}", path="b\n{}\u2028")

    assert line_of(lines)["path"] == "b\n{}\u2028"


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "key", "ticket", "TOKEN"])
def test_a_secret_in_an_address_is_left_out_wherever_it_stands(lines: io.StringIO, name: str) -> None:
    address = f"/ws/sessions/1/stream?{name}=abc.def-123&after=7"

    EventLog("chatbox.test").warning(address, address=address, nested={"a": [address]})

    assert "abc.def-123" not in lines.getvalue()
    assert line_of(lines)["address"] == f"/ws/sessions/1/stream?{name}=[redacted]&after=7"


def test_a_text_without_secrets_stays_as_it_is() -> None:
    assert redact("GET /sessions?q=foxes&after=3") == "GET /sessions?q=foxes&after=3"


def test_the_libraries_chatter_stays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        set_up_logging("info")
        logging.getLogger("alembic").info("chatter")
        logging.getLogger("uvicorn.access").error("GET /?token=secret")
        logging.getLogger("chatbox.anything").info("news")
        logging.getLogger("chatbox.anything").debug("details")
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
        logging.getLogger("uvicorn.access").disabled = False

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["news"]


def _fail() -> None:
    raise ValueError("token=abc")
