"""The types that the browser is built with are those that the server speaks."""

import json
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from scripts.npm import npm
from tests.guards.sources import WEB, refuse

from chatbox.contract import write_contract

_WIRE = WEB / "src/wire"
_MOST_LINES_SHOWN = 30


def test_the_committed_contract_is_the_server_s(tmp_path: Path) -> None:
    write_contract(tmp_path / "openapi.json")
    refuse(_drift(_WIRE / "openapi.json", tmp_path / "openapi.json"))


def test_the_types_are_made_from_the_committed_contract(tmp_path: Path) -> None:
    made = tmp_path / "schema.gen.ts"
    script = json.loads((WEB / "package.json").read_text("utf-8"))["scripts"]["wire"]
    assert npm(["exec", "--offline", "--", *script.replace("src/wire/schema.gen.ts", str(made)).split()]) == 0
    refuse(_drift(_WIRE / "schema.gen.ts", made))


def _drift(committed: Path, made: Path) -> Iterator[str]:
    """The first lines in which the two differ, under the command that heals it."""
    one, other = (path.read_text("utf-8").splitlines() for path in (committed, made))
    lines = list(islice(unified_diff(one, other, "committed", "made", n=1, lineterm=""), _MOST_LINES_SHOWN))
    if lines:
        yield "\n".join([f"{committed.name} is out of date: run `make contract`", *lines])
