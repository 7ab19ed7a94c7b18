"""Which files the project consists of, for the guards that read them."""

import ast
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/chatbox"
LOCALES = PACKAGE / "locales"
WEB = ROOT / "web"

_FOLDERS = (".ci", "bench", "docs", "scripts", "src", "tests", "web")
_BUILT = {"__pycache__", "node_modules", PACKAGE / "web", WEB / "dist"}
_READABLE = {
    "", ".css", ".html", ".ini", ".js", ".json", ".mako", ".md", ".mjs", ".py", ".sh", ".svg", ".toml", ".ts", ".tsx",
    ".txt", ".yaml", ".yml",
}  # fmt: skip


@cache
def every_file() -> tuple[Path, ...]:
    """Every file that is written or committed here: what stands in the root and in the folders we know."""
    in_root = [path for path in ROOT.iterdir() if path.is_file() and not _is_left_by_a_tool(path)]
    below = [path for folder in _FOLDERS for path in _walk(ROOT / folder)]
    return tuple(sorted([*in_root, *below]))


def texts(suffixes: Iterable[str] = _READABLE) -> Iterator[tuple[Path, str]]:
    """Every readable file with its text."""
    wanted = set(suffixes)
    for path in every_file():
        if path.suffix in wanted:
            yield path, path.read_text("utf-8")


def python_files(folder: Path = ROOT) -> list[Path]:
    """Every Python file below `folder`."""
    return [path for path in every_file() if path.suffix == ".py" and path.is_relative_to(folder)]


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def place(path: Path, line: int | None = None) -> str:
    """`path:line` as an editor opens it."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


def refuse(findings: Iterable[str]) -> None:
    """Fail with the findings, one a line, when there are any."""
    listed = sorted(findings)
    if listed:
        pytest.fail("\n".join(listed), pytrace=False)


def _walk(start: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders[:] = [name for name in folders if name not in _BUILT and Path(folder, name) not in _BUILT]
        yield from (path for name in names if not _is_left_by_a_tool(path := Path(folder, name)))


def _is_left_by_a_tool(path: Path) -> bool:
    return path.name in {".coverage.json", ".env", ".DS_Store"} or path.suffix in {".pyc", ".tsbuildinfo"}
