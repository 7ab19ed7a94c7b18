"""Turns measured values into a small table on the terminal and a JSON file that is committed beside the script."""

import math
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from bench.processes import Cores
from bench.stage import ROOT

RESULTS = ROOT / "bench" / "results"
FSYNC_TRIES = 21


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value. `aim` is the limit that the project set itself: at most it, or at least it (`is_floor`)."""

    what: str
    value: float
    unit: str
    aim: float | None = None
    is_floor: bool = False

    @property
    def verdict(self) -> Literal["", "met", "missed"]:
        if self.aim is None:
            return ""
        is_met = self.value >= self.aim if self.is_floor else self.value <= self.aim
        return "met" if is_met else "missed"


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured. `fsync_ms` is what one durable write costs here, the floor of every commit."""

    cpu: str
    cores: int
    memory_gb: float
    python: str
    fsync_ms: float
    layout: str


class Result(msgspec.Struct, frozen=True):
    """All that one run of one script found."""

    name: str
    claim: str
    commit: str
    date: str
    machine: Machine
    rows: list[Row]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of `values` do not exceed (nearest rank); NaN when there are none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def publish(name: str, claim: str, rows: list[Row], cores: Cores, *, keep: bool) -> None:
    """Prints the rows and, to `keep` them, writes `bench/results/<name>.json`. A run with options other than the
    claim's own is not kept: it would take the place of the numbers that the documentation shows."""
    result = Result(name, claim, _commit(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), _machine(cores), rows)
    machine = result.machine
    print(f"\n{name}: {claim}\n{machine.cpu}, {machine.cores} cores, fsync {machine.fsync_ms} ms, {machine.layout}")
    for row in rows:
        aim = "" if row.aim is None else f"{'at least' if row.is_floor else 'at most'} {row.aim:g} {row.unit}"
        print(f"  {row.what:<58} {number(row.value):>10} {row.unit:<9} {aim:<22} {row.verdict}")
    if not keep:
        return
    RESULTS.mkdir(exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(result), indent=2)
    RESULTS.joinpath(f"{name}.json").write_bytes(encoded + b"\n")


def number(value: float) -> str:
    """A value for people: as many digits as mean something."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _commit() -> str:
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "src"], cwd=ROOT, check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + (" with changes" if changed else "")


def _machine(cores: Cores) -> Machine:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    apart = cores.server != cores.others
    return Machine(
        cpu=models[0].partition(":")[2].strip() if models else platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        python=platform.python_version(),
        fsync_ms=round(_fsync_ms(), 2),
        layout=f"server on core {cores.server}; PostgreSQL, upstream and client on core {cores.others}"
        if apart
        else "everything on one core",
    )


def _fsync_ms() -> float:
    """The median time of writing 8 kB durably where data folders are made."""
    times = []
    with tempfile.NamedTemporaryFile(prefix="chatbox-bench-") as file:
        for _ in range(FSYNC_TRIES):
            os.write(file.fileno(), bytes(8192))
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    return percentile(times, 50)
