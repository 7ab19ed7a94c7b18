"""What the process that opens hostile files takes from itself before it does: memory, time, space, network, rank.

Linux gives all of it; other systems give what they have. All of it can only be tightened, not loosened again.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_MEMORY: Final = 2 << 30
MOST_WRITTEN: Final = 64 << 20
MOST_OPEN_FILES: Final = 128
_NICENESS = 15
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x1000_0000  # linux/sched.h
_CLONE_NEWNET = 0x4000_0000
_FIRST_KILLED = "1000"


def confine(*, cpu_seconds: int, parent: int, may_start_programs: bool) -> None:
    """Give up what reading one file does not need. `parent` is the process with which this one dies."""
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
    ):
        _lower(limit, most)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; a file that is too large is to end us
    if sys.platform == "linux":
        _confine_on_linux(parent)
    if not may_start_programs:
        _lower(resource.RLIMIT_NPROC, 0)


def stand_back(pid: int) -> None:
    """Let everything else go before the process `pid`, from its first moment on: its start costs most of its work."""
    if sys.platform == "linux":  # whoever wakes up goes at once, and need not wait for the end of its turn (sched(7))
        with suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
    # A session has its own share of the processor, against which a process's niceness counts nothing (sched(7)).
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICENESS), encoding="ascii")


def _lower(limit: int, most: int) -> None:
    _, hardest = resource.getrlimit(limit)
    bound = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
    with suppress(ValueError, OSError):  # macOS refuses some of them
        resource.setrlimit(limit, (bound, bound))


def _confine_on_linux(parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask to die with it
        os._exit(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Without a network of its own nothing can be sent anywhere. Containers may refuse: then the other limits must do.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_KILLED, encoding="ascii")
