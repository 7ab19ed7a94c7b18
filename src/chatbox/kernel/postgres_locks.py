"""File locks between processes that are waited for with a deadline and fall with their holder.

They are `flock`s: they belong to an open file, so a process's death frees them, and programs it starts do not get them
(Python closes its files in them).
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.01


def open_lock(path: Path) -> int:
    """Open (and make) a lock file. Made by root, it still belongs to the owner of its folder."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    keep_owner(path)
    return lock


def keep_owner(path: Path) -> None:
    """If we are root, give a new file to the owner of its folder, who must be able to use it without us."""
    folder = path.parent.stat()
    if os.geteuid() == 0 and path.stat().st_uid != folder.st_uid:
        os.chown(path, folder.st_uid, folder.st_gid)


def try_lock(lock: int, *, exclusive: bool = False) -> bool:
    """Take the lock if nobody's hold stands against it. Shared is the default."""
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(lock: int, *, until: float, exclusive: bool = False) -> None:
    """Take the lock; raises TimeoutError when the monotonic clock passes `until`."""
    while not try_lock(lock, exclusive=exclusive):
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(POLL_SECONDS)


def is_held(path: Path, *, even_shared: bool = False) -> bool:
    """Whether somebody holds the lock exclusively; with `even_shared`, whether anybody holds it at all."""
    lock = open_lock(path)
    try:
        return not try_lock(lock, exclusive=even_shared)
    finally:
        os.close(lock)


@contextmanager
def locked(path: Path, until: float) -> Generator[None]:
    """Be the only one inside the block among all processes; raises TimeoutError when `until` passes first."""
    lock = open_lock(path)
    try:
        wait_for_lock(lock, exclusive=True, until=until)
        yield
    finally:
        os.close(lock)
