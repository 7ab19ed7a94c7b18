"""Every background task has an owner, and failures are caught where something can be done about them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.guards.sources import PACKAGE, place, python_files, refuse, tree_of

_SUPERVISOR = PACKAGE / "kernel/supervisor.py"
# The only places that may catch whatever comes, each because nobody stands above it.
_CATCHES_EVERYTHING = {_SUPERVISOR, PACKAGE / "tools/calling.py"}
_STARTS_A_TASK = {"create_task", "ensure_future", "run_coroutine_threadsafe"}
_BROAD = {"Exception", "BaseException"}


def test_no_task_is_started_without_an_owner() -> None:
    refuse(finding for path in python_files(PACKAGE) if path != _SUPERVISOR for finding in _bare_tasks(path))


def test_nothing_catches_everything_except_where_nobody_stands_above() -> None:
    refuse(
        finding for path in python_files(PACKAGE) if path not in _CATCHES_EVERYTHING for finding in _broad_catches(path)
    )


def _bare_tasks(path: Path) -> Iterator[str]:
    groups = set(_task_groups(tree_of(path)))
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and _name(node.func).split(".")[-1] in _STARTS_A_TASK:
            owner = _name(node.func).rpartition(".")[0]
            if owner not in groups:
                yield f"{place(path, node.lineno)}: {_name(node.func)}"


def _task_groups(tree: ast.Module) -> Iterator[str]:
    """The names that hold a `TaskGroup`: bound by `async with`, or annotated so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncWith):
            for item in node.items:
                if _name(item.context_expr).endswith("TaskGroup") and item.optional_vars:
                    yield _name(item.optional_vars)
        elif (
            isinstance(node, ast.arg | ast.AnnAssign)
            and node.annotation
            and _name(node.annotation).endswith("TaskGroup")
        ):
            yield node.arg if isinstance(node, ast.arg) else _name(node.target)


def _broad_catches(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises_again(node):
            yield place(path, node.lineno)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_name(kind).split(".")[-1] in _BROAD for kind in kinds)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Cleaning up after whatever came is not catching it."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _name(node: ast.expr) -> str:
    """`a.b.c` of a name, an attribute or a call of one; empty for anything else."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
