"""Notes which lines and branches of the server the tests visit: `pytest -p tests.support.coverage`.

What marks them stands in the server's own byte code, from its import on. A tracer would be called for each line of
every library too, and again for each greenlet of SQLAlchemy, which makes the tests take half as long again.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import slipcover

_ROOT = Path(__file__).parents[2]
MEASURED = _ROOT / ".coverage.json"
_SOURCE = "src/chatbox"
# These are seen from outside only: they run in processes of their own, which tests/processes, tests/files/parsers,
# test_postgres_processes.py and test_local_server.py kill. Migrations run once and whole.
_ELSEWHERE = [
    "src/chatbox/files/parsers/limits.py",
    "src/chatbox/files/parsers/worker.py",
    "src/chatbox/kernel/postgres_keeper.py",
    "src/chatbox/migrations/env.py",
    "src/chatbox/migrations/versions/*",
    "src/chatbox/providers/local_server.py",
    "src/chatbox/serving.py",
]
_NEVER_VISITED = ["@overload", r"^\s*\.\.\.$", r"assert_never\("]
# Taking the marks out again would exchange code under running threads.
_NEVER = 2**31 - 1
_SENT = "visited"


class _Coverage:
    """Measures this process and, where it leads others, gathers what they measured."""

    def __init__(self) -> None:
        self._marks = slipcover.Slipcover(
            branch=True, source=[_SOURCE], omit=_ELSEWHERE, exclude_also=_NEVER_VISITED, d_miss_threshold=_NEVER
        )
        self._gathered: list[dict[str, Any]] = []
        slipcover.ImportManager(self._marks, slipcover.FileMatcher([_SOURCE], _ELSEWHERE)).__enter__()

    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of pytest-xdist has finished; one that died has nothing to say."""
        measured = getattr(node, "workeroutput", {}).get(_SENT)
        if measured is not None:
            self._gathered.append(json.loads(measured))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        whole = self._marks.get_coverage()
        output: dict[str, str] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_SENT] = json.dumps(whole)
            return
        for measured in self._gathered:
            slipcover.merge_coverage(whole, measured)
        MEASURED.write_text(json.dumps(whole))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_COVERAGE)


# Before anything imports the server.
_COVERAGE = _Coverage()
