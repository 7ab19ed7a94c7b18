"""A whole server as a process of its own: started, awaited, told to stop, killed, started again in the same place."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

SOURCES = Path(__file__).parents[2] / "src"
READY_SECONDS = 60.0
LEAVE_SECONDS = 30.0
_LOOK_SECONDS = 0.02
# Below the ports that the kernel gives to outgoing connections: none of those takes one while a server restarts.
_PORTS = range(20_000, 32_000)


class ServerProcess:
    """`chatbox serve` on a free port. `folder` holds its data and its log, `env` is added to the defaults.

    Without `CHATBOX_DATABASE_URL` in `env` it starts a PostgreSQL of its own in its folder.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None, *, command: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = command or (sys.executable, "-m", "chatbox.cli", "serve")
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything that the server has written so far, through all of its starts."""
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Begin to start; `until_ready` waits for the end of it."""
        assert not self.is_running
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def until_ready(self) -> None:
        """Wait until the server says that it can serve; fails when it ends instead."""
        give_up = time.monotonic() + READY_SECONDS
        async with aiohttp.ClientSession() as http:
            while not await _says_ready(http, f"{self.url}/readyz"):
                assert self.is_running, f"the server ended with {self._process and self._process.poll()}:\n{self.log}"
                assert time.monotonic() < give_up, f"the server is not ready after {READY_SECONDS:g} s:\n{self.log}"
                await asyncio.sleep(_LOOK_SECONDS)

    def terminate(self) -> None:
        """Ask it to leave."""
        os.kill(self.pid, signal.SIGTERM)

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill it, as a crash or the kernel would, and wait for its death."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(LEAVE_SECONDS)

    async def exit_code(self, seconds: float = LEAVE_SECONDS) -> int:
        """Wait until it has left; negative is the signal it died of."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, seconds)

    async def leave(self) -> None:
        """Ask it to leave and see it off; kill it when it stays."""
        if not self.is_running:
            return
        self.terminate()
        try:
            await self.exit_code()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHATBOX_")}
        return inherited | {
            "PYTHONPATH": str(SOURCES),
            "CHATBOX_DATA_DIR": str(self.data),
            "CHATBOX_PORT": str(self.port),
            "CHATBOX_SCRIPTED_MODEL": "true",
            "CHATBOX_SHUTDOWN_SECONDS": "1",
            **self._env,
        }


@asynccontextmanager
async def server_process(
    folder: Path, env: Mapping[str, str] | None = None, *, waits: bool = True, command: tuple[str, ...] = ()
) -> AsyncGenerator[ServerProcess]:
    """A running server, ready unless `waits` is false. Its log is printed, which shows it beside a failure.

    `command` is another way to start it than with this interpreter and these sources.
    """
    server = ServerProcess(folder, env, command=command)
    server.start()
    try:
        if waits:
            await server.until_ready()
        yield server
    finally:
        try:
            await server.leave()
        finally:
            print(f"--- log of {folder.name}\n{server.log}")


async def until(condition: Callable[[], bool], what: str, *, seconds: float = 15.0) -> None:
    """Wait for what happens outside of this process and cannot be awaited."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"waited {seconds:g} s in vain until {what}"
        await asyncio.sleep(_LOOK_SECONDS)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def _says_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=5)) as response:
            return response.status == 200
    except (aiohttp.ClientError, OSError):
        return False
