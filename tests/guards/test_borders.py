"""Borders that the names of files draw: a slice's private modules, the web framework, each vendor's one adapter."""

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from tests.guards.sources import PACKAGE, place, python_files, refuse, tree_of

_PRIVATE = ("store", "*_store", "tables", "routes", "*_routes")
_MAY_ENTER = {"routes": {"app"}, "tables": {"migrations"}}
_WEB_FRAMEWORK = ["*/routes.py", "*_routes.py", "*/socket.py", "kernel/web.py", "app.py", "serving.py"]
_DATABASE_ADAPTERS = ["kernel/bus/postgres.py", "kernel/db.py"]
_FILE_READERS = ("PIL", "docx", "lxml", "numpy", "pptx", "pypdfium2", "python_calamine", "rapidocr")
# Where each outside library may be imported. A new one is a decision; its first line here is part of it.
_ALLOWED_IN = {
    "aiohttp": [
        "kernel/outbound.py",
        "kernel/storage/s3_browsers.py",
        "kernel/storage/s3_bucket.py",
        "providers/http.py",
        "providers/weights_sources.py",
    ],
    "alembic": ["migrations/*"],
    "argon2": ["accounts/passwords.py"],
    # These read hostile files, so only the process that does nothing else may load them.
    **{library: ["files/parsers/*"] for library in _FILE_READERS},
    "asyncpg": ["database.py", "doctor.py", "generation/journal.py", "generation/batch_store.py", *_DATABASE_ADAPTERS],
    "charset_normalizer": ["files/parsers/encoding.py"],
    "cryptography": ["kernel/secrets.py"],
    "fastapi": _WEB_FRAMEWORK,
    "jwt": ["accounts/tokens.py"],
    "msgspec": ["*"],
    "multidict": ["providers/http.py"],
    "obstore": ["kernel/storage/*"],
    "prometheus_client": ["health/*"],
    "pydantic": ["*"],
    "pydantic_core": ["*"],
    "pydantic_settings": ["settings.py"],
    "python_multipart": ["files/multipart.py"],
    "redis": ["doctor.py", "kernel/bus/redis.py"],
    "sqlalchemy": [
        "*/store.py",
        "*_store.py",
        "*/tables.py",
        "database.py",
        "kernel/db.py",
        "master_key.py",
        "migrations/*",
    ],
    "starlette": _WEB_FRAMEWORK,
    "typer": ["cli.py"],
    "uuid_utils": ["kernel/ids.py"],
    "uvicorn": ["serving.py"],
    "xllamacpp": ["doctor.py", "providers/local_server.py"],
    "yarl": ["kernel/outbound.py", "kernel/storage/s3_browsers.py", "kernel/storage/s3_bucket.py", "providers/wire.py"],
}


def test_a_slice_is_entered_by_its_verbs_not_by_its_tables() -> None:
    refuse(finding for path in python_files(PACKAGE) for finding in _trespasses(path))


def test_every_outside_library_is_imported_only_where_it_was_decided() -> None:
    refuse(
        f"{place(path, line)}: {module}"
        for path in python_files(PACKAGE)
        for line, module in _imports(path)
        if not _is_allowed(module.split(".")[0], path.relative_to(PACKAGE).as_posix())
    )


def _trespasses(path: Path) -> Iterator[str]:
    own_slice = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for line, module in _imports(path):
        match module.split("."):
            case ["chatbox", slice_name, name, *_] if slice_name != own_slice:
                if any(fnmatch(name, private) for private in _PRIVATE) and own_slice not in _MAY_ENTER.get(name, ()):
                    yield f"{place(path, line)}: {module}"


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import as `a.b.c`, with the imported name at its end, since that may be a module too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _is_allowed(library: str, path: str) -> bool:
    if library == "chatbox" or library in sys.stdlib_module_names:
        return True
    return any(fnmatch(path, pattern) for pattern in _ALLOWED_IN.get(library, ()))
