"""What the tests of the embedded PostgreSQL need to look at and to do to its processes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from chatbox.kernel.postgres_locks import is_held

CLIENT = Path(__file__).with_name("postgres_client.py")
SOURCES = CLIENT.parents[2] / "src"
NOBODY = 65534
PATIENCE_SECONDS = 30.0


class Client:
    """Another process with a share in the server of `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        python: str = sys.executable,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, str(CLIENT), str(folder)],
            env={"PATH": os.defpath, "PYTHONPATH": python_path(), **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )

    def url(self) -> str:
        """Wait for the client to be connected; its server's URL, or `failed: …`."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.communicate(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.stop()


@contextmanager
def client(folder: Path, **options: object) -> Iterator[Client]:
    running = Client(folder, **options)  # type: ignore[arg-type] # passed on as they come
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.kill()


def python_path(*first: Path) -> str:
    """Our sources and all installed packages, for interpreters outside the virtual environment."""
    return os.pathsep.join([*map(str, first), str(SOURCES), *(path for path in sys.path if path.endswith("-packages"))])


def ordinary_python() -> str:
    """An interpreter that an ordinary user can run Chatbox with; skips the test when all are in closed folders."""
    trial = (
        "import os, chatbox.kernel.postgres_programs as it;"
        "os.execv(it.find_programs(it.choose_server_user(it.Path()), it.Path()) / 'initdb', ['initdb', '--version'])"
    )
    for python in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError, subprocess.CalledProcessError):
            command, environment = [python, "-c", trial], {"PYTHONPATH": python_path()}
            subprocess.check_output(command, env=environment, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[])
            return python
    pytest.skip("no interpreter that an ordinary user can reach")


def keeper_pid(folder: Path) -> int:
    return next(
        pid for pid, arguments in _processes() if "postgres_keeper.py" in arguments and str(folder) in arguments
    )


def server_pid(folder: Path) -> int:
    return int((folder / "keeper.lock").read_text())


def processes_of(folder: Path) -> list[str]:
    """Command lines of everything that runs for this folder: keeper, server and the server's children."""
    data = folder / "data"
    return [
        arguments
        for pid, arguments in _processes()
        if ("postgres_keeper.py" in arguments and str(folder) in arguments) or _works_in(pid, data)
    ]


def kill(pid: int) -> None:
    """Kill the process and wait until it is dead, which is a moment later."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), f"process {pid} is dead")


def is_running(pid: int) -> bool:
    return pid in dict(_processes())


def wait_until(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain until {what}"
        time.sleep(0.01)


def wait_until_gone(folder: Path) -> None:
    wait_until(lambda: not is_held(folder / "server.lock") and not processes_of(folder), "nothing runs any more")


async def ask(url: str, query: str) -> object:
    """One value from the server."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query, timeout=10)
    finally:
        await connection.close(timeout=10)


@contextmanager
def open_folder(owner: int | None = None) -> Iterator[Path]:
    """A temporary folder that every user can enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="chatbox-test-") as name:
        Path(name).chmod(0o755)
        if owner is not None:
            os.chown(name, owner, owner)
        yield Path(name)


def _processes() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if arguments:
                yield int(entry.name), arguments


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False
