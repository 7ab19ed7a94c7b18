"""The wire contract as it is written for the page."""

import json
from pathlib import Path
from typing import Any

import pytest

from chatbox.contract import contract, write_contract
from chatbox.generation.events import SERVER_EVENTS
from chatbox.kernel.wire import Outgoing


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return contract()


def test_every_event_of_a_stream_is_in_it(document: dict[str, Any]) -> None:
    frames = document["components"]["schemas"]["ServerFrame"]["oneOf"]

    assert [frame["properties"]["type"]["const"] for frame in frames] == [event.type for event in SERVER_EVENTS]
    for frame in frames:
        assert set(frame["required"]) == {"type", "seq", "data"}


def test_every_frame_of_a_client_is_in_it(document: dict[str, Any]) -> None:
    kinds = document["components"]["schemas"]["ClientFrame"]["discriminator"]["mapping"]

    assert set(kinds) == {"send_message", "stop_generation", "regenerate", "continue", "approve_tool", "ping"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    named = {reference.removeprefix("#/components/schemas/") for reference in _references(document)}

    assert named <= set(schemas)


def test_what_the_server_sends_leaves_nothing_out(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    sent = {kind.__name__ for kind in _below(Outgoing)} & set(schemas)

    assert len(sent) > 15
    assert not {
        f"{name}.{field}"
        for name in sent
        for field in set(schemas[name].get("properties", {})) - _required(schemas[name])
    }


def test_every_route_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [about["operationId"] for methods in document["paths"].values() for about in methods.values()]

    assert len(names) == len(set(names))


def test_every_route_of_the_api_is_versioned(document: dict[str, Any]) -> None:
    assert {path.split("/")[1] for path in document["paths"]} <= {"api", "v1"}
    assert all(path.startswith(("/api/v1/", "/v1/")) for path in document["paths"])


def test_it_is_written_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_contract(tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert json.loads((tmp_path / "one").read_text("utf-8"))["openapi"].startswith("3.")


def _required(schema: dict[str, Any]) -> set[str]:
    return set(schema.get("required", []))


def _references(found: object) -> set[str]:
    if isinstance(found, dict):
        own = {found["$ref"]} if isinstance(found.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in found.values()))
    if isinstance(found, list):
        return set().union(*(_references(value) for value in found))
    return set()


def _below(kind: type) -> set[type]:
    below: list[type] = kind.__subclasses__()
    return {kind}.union(*(_below(one) for one in below))
