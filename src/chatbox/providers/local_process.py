"""Owns the one process that runs the built-in model: starts it when needed, swaps its model, notices its death."""

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chatbox.kernel.log import EventLog
from chatbox.providers.local_server import KEY_VARIABLE
from chatbox.providers.port import Endpoint, LocalModelFailed
from chatbox.providers.weights import InstalledModel

_log = EventLog("chatbox.local_model")

_PROGRAM = "chatbox.providers.local_server"
_SOURCE_ROOT = Path(__file__).parents[2]
_MOST_THREADS = 8  # a small model gains nothing from more
_BESIDE_WEIGHTS_BYTES = 300 * 1024 * 1024  # measured: 210 to 270 MB of buffers and context beside the mapped file
_DYING_S = 0.5  # from the cut of a stream until the death of its process is known
_KILL_S = 10.0

# llama.cpp closes a kept connection whenever it likes, and an idle one holds one of its few threads for seconds. A new
# one costs nothing on loopback.
_ONE_CALL_EACH = {"connection": "close"}

# What the process needs of our environment. The rest (database password, signing keys) is not its business.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """How the model is run. `slot_tokens` holds one prompt and its answer; `ready_s` is the deadline for loading."""

    slots: int = 2
    slot_tokens: int = 4096
    threads: int | None = None  # None: as many as there are processors for us, within a limit
    ready_s: float = 120.0


def memory_left() -> int | None:
    """Bytes that programs may still take without swapping, within this container's limit; None if nobody knows."""
    known = [left for left in (_system_memory_left(), container_memory_left()) if left is not None]
    return min(known, default=None)


class ModelProcess:
    """At most one model process at a time. Not for two event loops."""

    def __init__(self, options: ProcessOptions, memory_left: Callable[[], int | None] = memory_left) -> None:
        self._options = options
        self._memory_left = memory_left
        self._changing = asyncio.Lock()
        self._process: Process | None = None
        self._endpoint: Endpoint | None = None
        self._path: Path | None = None
        self._is_closed = False

    @property
    def process_id(self) -> int | None:
        """The id of the running process, if there is one."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def endpoint(self, model: InstalledModel) -> Endpoint:
        """Where the model answers; it is loaded first if need be, once for all who ask meanwhile.

        Another model that was loaded is unloaded, so nobody may be using it. Raises `LocalModelFailed`.
        """
        async with self._changing:
            if self._endpoint is not None and self._path == model.path and self.process_id is not None:
                return self._endpoint
            await self._end()
            if self._is_closed:
                raise LocalModelFailed("the server is shutting down")
            self._require_memory(model)
            try:
                self._endpoint = await self._load(model)
            except BaseException:  # a caller that was cancelled too must not leave a half-loaded process behind
                await self._end()
                raise
            self._path = model.path
            return self._endpoint

    async def has_died(self) -> bool:
        """Whether the process is gone. Waits a moment: a stream may break before the death is known."""
        process = self._process
        if process is None:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(_DYING_S):
                await process.wait()
        return process.returncode is not None

    async def stop(self) -> None:
        """Unload: end the process and give its memory back. The next `endpoint` starts it again."""
        async with self._changing:
            await self._end()

    async def close(self) -> None:
        """Stop for good, even in the middle of loading."""
        self._is_closed = True
        if self._process is not None:
            _kill(self._process)
        await self.stop()

    async def _load(self, model: InstalledModel) -> Endpoint:
        key = secrets.token_urlsafe(24)
        began = asyncio.get_running_loop().time()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(model),
                stdin=PIPE,
                stdout=PIPE,
                env=_child_environment(key),
                start_new_session=True,  # Ctrl-C in a terminal is for the server, which lets answers end
            )
            async with asyncio.timeout(self._options.ready_s):
                url = await _read_address(self._process)
        except TimeoutError as error:
            raise LocalModelFailed(f"the model was not loaded within {self._options.ready_s:.0f} s") from error
        except OSError as error:
            raise LocalModelFailed(f"the model's process could not be started: {error.strerror}") from error
        seconds = asyncio.get_running_loop().time() - began
        _log.info("local model loaded", model=model.name, seconds=round(seconds, 2), process=self._process.pid)
        return Endpoint(base_url=f"{url}/v1", api_key=key, headers=_ONE_CALL_EACH, is_trusted=True)

    def _command(self, model: InstalledModel) -> list[str]:
        options = self._options
        sizes = {"--slots": options.slots, "--slot-tokens": options.slot_tokens}
        sizes["--threads"] = options.threads or min(_usable_processors(), _MOST_THREADS)
        flags = [word for name, value in sizes.items() for word in (name, str(value))]
        return [sys.executable, "-P", "-m", _PROGRAM, str(model.path.absolute()), *flags]

    def _require_memory(self, model: InstalledModel) -> None:
        left = self._memory_left()
        needed = model.size + _BESIDE_WEIGHTS_BYTES
        if left is not None and left < needed:
            raise LocalModelFailed(
                f"{model.name} needs about {needed // 10**6} MB of memory and {left // 10**6} MB are left"
            )

    async def _end(self) -> None:
        process, self._process, self._endpoint, self._path = self._process, None, None, None
        if process is None:
            return
        was_alive = process.returncode is None
        _kill(process)  # it has nothing to save, and a polite end would wait for its streams
        with suppress(TimeoutError):  # stuck in the kernel: it will go, but nobody should wait for it
            async with asyncio.timeout(_KILL_S):
                await process.communicate()  # and not `wait`: this one closes the pipes too
        _log.info("local model unloaded", process=process.pid, was_alive=was_alive, exit_code=process.returncode)


async def _read_address(process: Process) -> str:
    """The URL in the process's one line. Raises `LocalModelFailed` if it tells of an error or ends without a line."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    try:
        report = json.loads(line)
    except json.JSONDecodeError as error:
        raise LocalModelFailed("the model's process ended while it was loading") from error
    if "error" in report:
        raise LocalModelFailed(f"the model file could not be loaded: {report['error']}")
    return str(report["url"])


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _child_environment(key: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    search = [str(_SOURCE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(search), KEY_VARIABLE: key}


def _usable_processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _system_memory_left() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None


def container_memory_left(group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that the control group (version 2) leaves. Page cache counts as free: it is given back when asked for."""
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        current = int((group / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return None if limit == "max" else int(limit) - current + int(stat.get("inactive_file", 0))
    except (OSError, ValueError):
        return None
