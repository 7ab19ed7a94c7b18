"""Whatever a person can be told is there in every language, with the same gaps to fill."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.guards.sources import LOCALES, PACKAGE, WEB, refuse

import chatbox
from chatbox.kernel.errors import AppError
from chatbox.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES
from chatbox.providers.port import ModelError

_WEB_TEXTS = WEB / "src/i18n"
_Kind = type[AppError] | type[ModelError]
_GAP = re.compile(r"\{+\s*(\w+)\s*\}+")
_NOTE = re.compile(r'\bnote\("(\w+)"\)')
_RUN_BY_THEIR_TOOLS = ("chatbox.migrations.env", "chatbox.__main__")
_OTHER_LANGUAGES = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]


def test_every_error_has_a_text() -> None:
    shared, own = (_flatten(json.loads(path.read_text("utf-8"))) for path in _files_of(DEFAULT_LANGUAGE))
    refuse({f"errors.{code}" for code in _error_codes()} - shared.keys() - own.keys())
    refuse(f"{key} stands in the page's file too" for key in shared.keys() & own.keys())


def test_every_note_about_a_file_has_a_text() -> None:
    known = json.loads((LOCALES / f"{DEFAULT_LANGUAGE}.json").read_text("utf-8"))["notes"]
    said = {
        code for path in (PACKAGE / "files/parsers").glob("*.py") for code in _NOTE.findall(path.read_text("utf-8"))
    }
    assert said
    refuse(said - known.keys())


@pytest.mark.parametrize("language", _OTHER_LANGUAGES)
def test_the_server_says_the_same_in(language: str) -> None:
    refuse(
        difference
        for one, other in zip(_files_of(DEFAULT_LANGUAGE), _files_of(language), strict=True)
        for difference in _differences(one, other)
    )


@pytest.mark.parametrize("language", _OTHER_LANGUAGES)
def test_the_page_says_the_same_in(language: str) -> None:
    files = {path.name for tag in LANGUAGES for path in (_WEB_TEXTS / tag).glob("*.json")}
    assert files
    refuse(
        f"{name}: {difference}"
        for name in files
        for difference in _differences(_WEB_TEXTS / DEFAULT_LANGUAGE / name, _WEB_TEXTS / language / name)
    )


def _files_of(language: str) -> tuple[Path, Path]:
    """What the page says by itself too, and what only the server says."""
    return LOCALES / f"{language}.json", LOCALES / "server" / f"{language}.json"


def _error_codes() -> Iterator[str]:
    for module in pkgutil.walk_packages(chatbox.__path__, "chatbox."):
        if module.name not in _RUN_BY_THEIR_TOOLS and ".versions." not in module.name:
            importlib.import_module(module.name)
    for kind in (AppError, ModelError):
        yield kind.code
        yield from (known.code for known in _kinds_of(kind))


def _kinds_of(kind: _Kind) -> Iterator[_Kind]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds_of(below)


def _differences(one: Path, other: Path) -> list[str]:
    """What is missing, empty or has other gaps, by key."""
    first, second = (_flatten(json.loads(path.read_text("utf-8"))) for path in (one, other))
    missing = [f"{key} is only in one language" for key in sorted(first.keys() ^ second.keys())]
    shared = sorted(first.keys() & second.keys())
    empty = [f"{key} is empty" for key in shared if not first[key].strip() or not second[key].strip()]
    gaps = [f"{key} has other gaps" for key in shared if _gaps(first[key]) != _gaps(second[key])]
    return missing + empty + gaps


def _gaps(text: str) -> set[str]:
    return set(_GAP.findall(text))


def _flatten(tree: dict[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = str(value)
    return flat
