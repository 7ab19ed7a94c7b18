"""Writes the measured values of `bench/results` into `docs/performance.md`, between its two marks."""

import msgspec

from bench.report import RESULTS, Result, Row, number
from bench.stage import ROOT

PAGE = ROOT / "docs" / "performance.md"
START, END = "<!-- results: start -->", "<!-- results: end -->"


def table(result: Result) -> str:
    """One script's result as a heading, a line of circumstances and a table."""
    machine = result.machine
    hardware = f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:g} GB, fsync {machine.fsync_ms:g} ms"
    lines = [
        f"### `python -m bench.{result.name}`: {result.claim}",
        "",
        f"{hardware}, Python {machine.python}; {machine.layout}. Commit {result.commit}, {result.date}.",
        "",
        "| what | measured | aim | |",
        "|---|---:|---:|---|",
        *map(table_line, result.rows),
    ]
    return "\n".join(lines)


def table_line(row: Row) -> str:
    aim = "" if row.aim is None else f"{'≥' if row.is_floor else '≤'} {number(row.aim)} {row.unit}".strip()
    return f"| {row.what} | {number(row.value)} {row.unit} | {aim} | {row.verdict} |"


def main() -> None:
    results = [msgspec.json.decode(path.read_bytes(), type=Result) for path in sorted(RESULTS.glob("*.json"))]
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    body = "\n\n".join(map(table, results)) or "Nothing has been measured yet."
    PAGE.write_text(f"{before}{START}\n\n{body}\n\n{END}{after}")


if __name__ == "__main__":
    main()
