"""Files and functions stay short enough to be read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.guards.sources import PACKAGE, place, python_files, refuse, texts, tree_of

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_FUNCTION_WITHIN_ONE = 5
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


def test_a_function_within_a_function_is_only_a_few_lines() -> None:
    refuse(
        f"{place(path, inner.lineno)} {inner.name}: {lines} lines"
        for path in python_files(PACKAGE)
        for outer in _functions(tree_of(path))
        for inner in _functions(outer)
        if inner is not outer
        # What a decorator or a framework's hook hangs on can be nowhere else.
        and not inner.decorator_list
        and (lines := _body_lines(inner)) > MOST_LINES_OF_A_FUNCTION_WITHIN_ONE
    )


def test_nothing_reaches_into_the_function_around_it() -> None:
    refuse(
        f"{place(path, node.lineno)} nonlocal {', '.join(node.names)}"
        for path in python_files(PACKAGE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Nonlocal)
    )


def test_every_module_says_what_it_is_for() -> None:
    refuse(place(path) for path in python_files() if tree_of(path).body and not ast.get_docstring(tree_of(path)))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.body[0].lineno + 1


def _long_functions(path: Path) -> list[str]:
    return [
        f"{place(path, node.lineno)} {node.name}: {lines} lines"
        for node in _functions(tree_of(path))
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
