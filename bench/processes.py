"""What the kernel says of running processes: whose they are, processor time, memory; and which core they run on."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """Where things run: the server alone on one core; PostgreSQL, the upstream and the load client on the other."""

    server: int
    others: int


def take_cores() -> Cores:
    """The first core that this process may use for the server, the last for all else; moves this process, the load
    client, to the latter. (Both are the same where there is only one.)"""
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(server=allowed[0], others=allowed[-1])
    os.sched_setaffinity(0, {cores.others})
    return cores


def pin(pid: int, core: int) -> None:
    """Moves every thread of a process to one core; what it starts later inherits that."""
    for thread in PROC.joinpath(str(pid), "task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {core})


def _parents() -> dict[int, int]:
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(folder.name)] = int(_stat_fields(int(folder.name))[1])
    return found


def _stat_fields(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` that follow the name, which may itself hold spaces and brackets (proc(5))."""
    return PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()


def _mentions(pid: int, text: bytes) -> bool:
    for name in ("cmdline", "environ"):
        with contextlib.suppress(OSError):
            if text in PROC.joinpath(str(pid), name).read_bytes():
                return True
    return False


def belonging_to(data_dir: Path) -> set[int]:
    """Every process that was started for `data_dir`, by its command line or environment, and all their descendants.

    The embedded database may have left its parent, so the tree below the server alone would miss it.
    """
    parents = _parents()
    needle = os.fsencode(data_dir)
    found = {pid for pid in parents if pid != os.getpid() and _mentions(pid, needle)}
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return found


def is_postgres(pid: int) -> bool:
    try:
        return PROC.joinpath(str(pid), "comm").read_text().startswith("postgres")
    except OSError:
        return False


def cpu_seconds(pids: set[int]) -> float:
    """Processor time that the processes have used so far, those of them that are still there."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = _stat_fields(pid)
            total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


def busy_seconds() -> float:
    """Processor time that everything on the machine has used since it started, all cores together (proc(5), stat)."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = PROC.joinpath("stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / TICKS_PER_SECOND


def memory_mb(pids: set[int]) -> float:
    """Memory of the processes in MB (10⁶ bytes), shared pages counted once among those who share them (PSS)."""
    total_kb = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in PROC.joinpath(str(pid), "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
    return total_kb * 1024 / 1e6


def _status_mb(pid: int, name: str) -> float:
    for line in PROC.joinpath(str(pid), "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/{pid}/status has no {name}")


def resident_mb(pid: int) -> float:
    """Memory of one process in MB (10⁶ bytes), shared pages and all (proc(5), VmRSS)."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that `resident_mb` was since the start, or since `forget_peak`."""
    return _status_mb(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Begin the peak anew at what it is now (proc(5), clear_refs)."""
    PROC.joinpath(str(pid), "clear_refs").write_text("5")
