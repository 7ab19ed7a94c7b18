"""Starts and ends what a measurement needs: the scripted upstream, the product in its own data folder, the relay."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.processes import Cores

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120.0
PAGE_SECONDS = 5.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.01


class StageFailed(Exception):
    """A process did not start or did not answer in time; the text says which and what it wrote last."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The running scripted upstream; `base_url` is what a provider is given."""

    pid: int
    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the product, or the bare relay. `ready_seconds` ran from its start to its first `/readyz`."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    ready_seconds: float

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def pids(self) -> tuple[set[int], set[int]]:
        """The server's own processes, and those of its PostgreSQL."""
        everyone = processes.belonging_to(self.data_dir) | {self.process.pid}
        database = {pid for pid in everyone if processes.is_postgres(pid)}
        return everyone - database, database


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """The caller's environment without settings of the product, so that a measurement is the same for everyone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATBOX_")}
    return kept | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"} | extra


@contextlib.contextmanager
def upstream(cores: Cores, models: list[str]) -> Iterator[Upstream]:
    """The scripted upstream as a process of its own, offering `models`."""
    command = [sys.executable, "-m", "bench.upstream", *models]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment({})) as process:
        try:
            processes.pin(process.pid, cores.others)
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise StageFailed("the scripted upstream did not start")
            yield Upstream(process.pid, int(line))
        finally:
            process.terminate()


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """An empty data folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="chatbox-bench-"))
    folder.chmod(0o755)  # when root measures, PostgreSQL runs as another user and must reach its files
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def product(
    cores: Cores, data_dir: Path, *, python: str = sys.executable, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The product serving from `data_dir`, ready, with its PostgreSQL moved to the other core."""
    port = free_port()
    needed = {
        "CHATBOX_DATA_DIR": str(data_dir / "data"),
        "CHATBOX_HOST": "127.0.0.1",
        "CHATBOX_PORT": str(port),
        "CHATBOX_ACCESS_TOKEN_MINUTES": "120",
        "CHATBOX_SHUTDOWN_SECONDS": "2",
    }
    command = [python, "-m", "chatbox.cli", "serve"]
    with _running(command, data_dir, port, core=cores.server, settings=needed | dict(settings or {})) as server:
        for pid in server.pids()[1]:
            processes.pin(pid, cores.others)
        yield server


@contextlib.contextmanager
def relay(cores: Cores, upstream_url: str, *, joins: bool) -> Iterator[Server]:
    """The bare relay in front of `upstream_url`; `joins` sends what one read brought as one frame."""
    port = free_port()
    command = [sys.executable, "-m", "bench.relay", str(port), upstream_url, "joined" if joins else "each"]
    with data_folder() as folder, _running(command, folder, port, core=cores.server, settings={}) as server:
        yield server


@contextlib.contextmanager
def sink(cores: Cores) -> Iterator[Server]:
    """The server that only writes what it is sent, into a folder on the same disk as everybody's."""
    port = free_port()
    with data_folder() as folder:
        command = [sys.executable, "-m", "bench.sink", str(port), str(folder)]
        with _running(command, folder, port, core=cores.server, settings={}) as server:
            yield server


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int, *, core: int, settings: dict[str, str]) -> Iterator[Server]:
    log_path = folder / "output.log"
    with log_path.open("ab") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            cwd=folder,
            env=_environment(settings),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, port, log_path)
        yield Server(process, port, folder, time.perf_counter() - started)
    finally:
        _end(process, folder)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port):
            return
        time.sleep(POLL_SECONDS)
    raise StageFailed(f"{process.args!r} is not ready:\n{log_path.read_text(errors='replace')[-3000:]}")


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PAGE_SECONDS) as answer:
            return answer.status == 200  # type: ignore[no-any-return]  # typeshed leaves it open
    except (OSError, http.client.HTTPException):
        return False


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Ends the server and waits for its PostgreSQL too, which stops a moment later: the folder is used again."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    deadline = time.monotonic() + STOP_SECONDS
    while remaining := processes.belonging_to(folder):
        if time.monotonic() > deadline:
            raise StageFailed(f"processes {sorted(remaining)} of {folder} go on after its server ended")
        time.sleep(POLL_SECONDS)
