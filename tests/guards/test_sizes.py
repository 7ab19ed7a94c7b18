"""Files and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

from tests.guards.sources import PACKAGE, place, python_files, refuse, texts, tree_of

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
_CODE = {".py", ".ts", ".tsx", ".mjs", ".js", ".css"}
_GENERATED = {"schema.gen.ts"}
# A migration is a list of statements, written once and never changed.
_MIGRATIONS = PACKAGE / "migrations/versions"


def test_no_file_is_longer_than_a_sitting() -> None:
    refuse(
        f"{place(path)}: {lines} lines"
        for path, text in texts(_CODE)
        if path.name not in _GENERATED and (lines := text.count("\n")) > MOST_LINES_OF_A_FILE
    )


def test_no_function_is_longer_than_a_screen() -> None:
    refuse(
        finding
        for path in python_files(PACKAGE)
        if not path.is_relative_to(_MIGRATIONS)
        for finding in _long_functions(path)
    )


def test_every_module_says_what_it_is_for() -> None:
    refuse(place(path) for path in python_files() if tree_of(path).body and not ast.get_docstring(tree_of(path)))


def _long_functions(path: Path) -> list[str]:
    return [
        f"{place(path, node.lineno)} {node.name}: {lines} lines"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
