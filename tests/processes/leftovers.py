"""What processes run, to see that a server leaves none behind."""

from pathlib import Path


def running_processes() -> dict[int, int]:
    """Every process and its parent, the dead that nobody has buried left out."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent, *_ = (entry / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if state != "Z":
                found[int(entry.name)] = int(parent)
    return found


def children_of(pid: int) -> set[int]:
    """The processes that this one started, and those that they started."""
    parents = running_processes()
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {pid}
