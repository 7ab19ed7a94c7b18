"""The vectors that both reducers run: the server's here, the page's in `web/src/chat/reduce.test.ts`."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from chatbox.generation.events import SERVER_EVENTS
from chatbox.generation.reduce import reduce
from chatbox.sessions.parts import ContentPart, Usage

_VECTORS = sorted((Path(__file__).parent / "turns").glob("*.json"))
_EVENTS = {kind.type: kind for kind in SERVER_EVENTS}
_PARTS: TypeAdapter[list[ContentPart]] = TypeAdapter(list[ContentPart])


@pytest.fixture(params=_VECTORS, ids=lambda path: path.stem)
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(request.param.read_text())
    return loaded


def test_the_events_make_the_message(vector: dict[str, Any]) -> None:
    reduced = reduce((event["type"], event["data"]) for event in vector["events"])

    assert {
        "content_parts": reduced.content_parts,
        "status": reduced.status,
        "usage": reduced.usage,
        "finish_reason": reduced.finish_reason,
    } == vector["message"]


def test_the_events_are_what_the_wire_carries(vector: dict[str, Any]) -> None:
    for event in vector["events"]:
        kind = _EVENTS[event["type"]]
        assert event["data"].keys() == kind.model_fields.keys()
        kind.model_validate(event["data"], strict=False)


def test_the_message_is_what_a_client_is_sent(vector: dict[str, Any]) -> None:
    message = vector["message"]
    _PARTS.validate_python(message["content_parts"])
    assert message["usage"] is None or message["usage"] == Usage.model_validate(message["usage"]).model_dump()
    assert vector.keys() == {"name", "events", "message"}


def test_every_event_of_an_answer_has_a_vector() -> None:
    told = {event["type"] for path in _VECTORS for event in json.loads(path.read_text())["events"]}

    of_an_answer = {kind.type for kind in SERVER_EVENTS if "message_id" in kind.model_fields}
    assert told == of_an_answer
