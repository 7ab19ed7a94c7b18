"""Says what the last run of the tests left unvisited, and fails when that is more than the project allows.

python scripts/coverage_limits.py
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / ".coverage.json"
Summary = dict[str, int]
# What must be visited at least, in percent of lines and branches together, of the files whose path begins so.
LIMITS = {
    ("src/chatbox/",): 90.0,
    # What carries every answer.
    ("src/chatbox/generation/", "src/chatbox/kernel/"): 95.0,
}


def main() -> None:
    """Print the files that were not visited whole, then each limit beside what was reached."""
    files: dict[str, Any] = json.loads(MEASURED.read_text())["files"]
    for path, file in sorted(files.items()):
        if file["missing_lines"] or file["missing_branches"]:
            print(f"{percent([file['summary']]):6.2f} %  {path}  {unvisited(file)}")
    results = [is_reached(files, beginnings, limit) for beginnings, limit in LIMITS.items()]
    sys.exit(0 if all(results) else 1)


def is_reached(files: dict[str, Any], beginnings: tuple[str, ...], limit: float) -> bool:
    """Whether the files are visited as far as they must be; says so."""
    found = percent(file["summary"] for path, file in files.items() if path.startswith(beginnings))
    print(f"{found:6.2f} %  of {', '.join(beginnings)} (at least {limit:g} %)")
    return found >= limit


def percent(summaries: Iterable[Summary]) -> float:
    """Visited lines and branches in percent of all."""
    all_of = list(summaries)
    visited = sum(one["covered_lines"] + one["covered_branches"] for one in all_of)
    missing = sum(one["missing_lines"] + one["missing_branches"] for one in all_of)
    return 100 * visited / max(1, visited + missing)


def unvisited(file: dict[str, Any]) -> str:
    """The lines, and the ways from line to line, that no test went; 0 is the way out."""
    lines = [str(line) for line in file["missing_lines"]]
    skipped = set(file["missing_lines"])
    ways = [f"{start}→{end}" for start, end in file["missing_branches"] if end not in skipped]
    return ", ".join([*lines, *ways])


if __name__ == "__main__":
    main()
