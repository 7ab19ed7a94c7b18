"""What may not stand in a name or in a text: grab-bag names, unfinished work, banners, places on somebody's machine."""

import re

import pytest
from tests.guards.sources import ROOT, every_file, place, refuse, texts

_CODE = {".py", ".ts", ".tsx", ".mjs", ".js", ".css", ".sh", ""}
_GRAB_BAGS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "core"}
# Written so that this file does not find itself.
_UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b")
_BANNER = re.compile(r"^\s*(#|//|/\*)\s*[-=#*~_]{4,}")
_PRIVATE_PLACE = re.compile(
    r"(?<![\w.}])/(ho[m]e|Us[e]rs|ro[o]t|wo[r]k|fa[r]m|work[s]pace|o[p]t|tmp/(bri[e]f|ba[s]h))/[\w.]"
)
_UNEXPLAINED = re.compile(r"#\s*(type: ignore|noqa)(\[[\w, -]+\]|: ?[A-Z0-9, ]+)?\s*$")


def test_no_path_is_a_grab_bag() -> None:
    refuse(place(path) for path in every_file() if _GRAB_BAGS.intersection(_words(place(path))))


@pytest.mark.parametrize(
    ("pattern", "suffixes"),
    [
        pytest.param(_UNFINISHED, _CODE, id="unfinished work"),
        pytest.param(_BANNER, _CODE, id="a banner"),
        pytest.param(_PRIVATE_PLACE, None, id="a path of somebody's machine"),
        pytest.param(_UNEXPLAINED, {".py"}, id="a silenced check without its reason"),
    ],
)
def test_no_line_has(pattern: re.Pattern[str], suffixes: set[str] | None) -> None:
    refuse(
        f"{place(path, number)}: {line.strip()[:120]}"
        for path, text in (texts(suffixes) if suffixes else texts())
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    )


def test_the_root_holds_only_what_belongs_there() -> None:
    known = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md", "hatch_build.py"}
    known |= {"pyproject.toml", "requirements.lock", "requirements-dev.lock", ".gitignore", ".importlinter"}
    known |= {".dockerignore", "Dockerfile", "compose.yaml", ".editorconfig", ".env.example"}
    refuse({path.name for path in every_file() if path.parent == ROOT} - known)


def _words(path: str) -> list[str]:
    return re.split(r"[/._-]", path.lower())
