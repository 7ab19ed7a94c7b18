"""The wire as a file: OpenAPI with the two unions of the stream, from which the page's types are made."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from chatbox.app import build_app
from chatbox.generation.events import SERVER_EVENTS, ClientFrame
from chatbox.settings import Settings

_REFERENCE = "#/components/schemas/{model}"


def contract() -> dict[str, Any]:
    """The OpenAPI document of every route, with `ServerFrame` and `ClientFrame` among its schemas."""
    document = build_app(Settings(_env_file=None)).openapi()
    schemas: dict[str, Any] = document["components"]["schemas"]
    _, events = models_json_schema([(event, "serialization") for event in SERVER_EVENTS], ref_template=_REFERENCE)
    schemas |= events["$defs"]
    frames = TypeAdapter(ClientFrame).json_schema(mode="validation", ref_template=_REFERENCE)
    schemas |= frames.pop("$defs")
    schemas["ClientFrame"] = frames
    schemas["ServerFrame"] = {
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "const": event.type},
                    "seq": {"type": "integer"},
                    "data": {"$ref": _REFERENCE.format(model=event.__name__)},
                },
                "required": ["type", "seq", "data"],
            }
            for event in SERVER_EVENTS
        ]
    }
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def write_contract(path: Path) -> None:
    path.write_text(json.dumps(contract(), indent=2, ensure_ascii=False) + "\n")
