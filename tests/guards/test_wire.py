"""The types that the browser is built with are those that the server speaks."""

import json
from pathlib import Path

from scripts.npm import npm
from tests.guards.sources import WEB

from chatbox.contract import write_contract

_WIRE = WEB / "src/wire"


def test_the_committed_contract_is_the_server_s(tmp_path: Path) -> None:
    write_contract(tmp_path / "openapi.json")
    assert _read(_WIRE / "openapi.json") == _read(tmp_path / "openapi.json"), "run `make contract`"


def test_the_types_are_made_from_the_committed_contract(tmp_path: Path) -> None:
    made = tmp_path / "schema.gen.ts"
    script = json.loads((WEB / "package.json").read_text("utf-8"))["scripts"]["wire"]
    source, target = "src/wire/openapi.json", "src/wire/schema.gen.ts"
    assert npm(["exec", "--offline", "--", *script.replace(target, str(made)).split()]) == 0
    assert source in script
    assert made.read_text("utf-8") == (_WIRE / "schema.gen.ts").read_text("utf-8"), "run `make contract`"


def _read(path: Path) -> object:
    return json.loads(path.read_text("utf-8"))
