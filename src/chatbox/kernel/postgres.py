"""Real PostgreSQL that Chatbox starts by itself, shared by all of its processes and stopped with the last of them.

    server = EmbeddedPostgres(data_dir / "postgres")
    address = server.start()                    # blocks; from a coroutine through asyncio.to_thread
    await asyncpg.connect(address.url("postgres"))
    server.stop()

Nobody owns the server. Each process holds a share in it (a file lock); a small keeper process starts the server and
stops it when no share is left, so a killed process leaves nothing behind. See `postgres_keeper` for the locks.

Under a service manager, let only the main process be signalled (systemd: `KillMode=mixed`): PostgreSQL would obey at
once, while Chatbox still needs it to finish what it is writing.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from chatbox.kernel.postgres_address import SUPERUSER, ServerAddress, ServerRecord
from chatbox.kernel.postgres_cluster import ENVIRONMENT, Cluster, Durability
from chatbox.kernel.postgres_locks import POLL_SECONDS, is_held, keep_owner, locked, open_lock, wait_for_lock
from chatbox.kernel.postgres_programs import PostgresFailed, choose_server_user, find_programs

__all__ = ["EmbeddedPostgres", "PostgresFailed", "ServerAddress"]

KEEPER = Path(__file__).with_name("postgres_keeper.py")
START_ATTEMPTS = 3  # a loopback port may be taken between choosing and using it
LAUNCH_SECONDS = 30.0
STOP_SECONDS = 45.0  # more than the keeper's own patience
LOG_LIMIT_BYTES = 5_000_000
LOG_TAIL_BYTES = 2_000


class EmbeddedPostgres:
    """One process's share in the server of a folder. Safe to use from several threads.

    `durability="throwaway"` gives up crash safety for speed (tests). `settings` are added to the server's own. Both
    count for whoever starts the server; those who join it take it as it is.
    """

    def __init__(
        self, folder: Path, *, durability: Durability = "safe", settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder.absolute()
        self._data = self.folder / "data"
        self._log = self.folder / "postgres.log"
        self._durability: Durability = durability
        self._settings = dict(settings or {})
        self._share: int | None = None
        self._one_at_a_time = threading.Lock()

    def start(self, deadline_seconds: float = 120) -> ServerAddress:
        """Join the running server, or start it; also after it died. Blocks until it answers.

        Crash recovery can take a minute, hence the patient default. Raises PostgresFailed.
        """
        until = time.monotonic() + deadline_seconds
        address = None
        with self._one_at_a_time:
            had_share = self._share is not None
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with locked(self.folder / "start.lock", until):
                    self._join(until)
                    address = self._running_address(until) or self._start_server(until)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise self._explained(error, deadline_seconds) from error
            finally:
                if address is None and not had_share:
                    self._give_up_share()
        return address

    def stop(self) -> None:
        """Give up this process's share. The last one out waits until the server has shut down. Never raises."""
        with self._one_at_a_time:
            if self._share is None:
                return
            self._give_up_share()
            try:
                self._wait_if_last(time.monotonic() + STOP_SECONDS)
            except OSError:
                return  # slow, or the folder is gone; the keeper does its work without us

    def _join(self, until: float) -> None:
        """Take a share. While the server is going down the keeper holds the lock, and this waits for the end of it."""
        if self._share is None:
            self._share = open_lock(self.folder / "clients.lock")
            wait_for_lock(self._share, until=until)

    def _give_up_share(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None

    def _wait_if_last(self, until: float) -> None:
        with locked(self.folder / "start.lock", until):
            clients = self.folder / "clients.lock"
            others_remain = is_held(clients, even_shared=True) and not is_held(clients)
            while not others_remain and self._is_kept():
                _pause(until)

    def _is_kept(self) -> bool:
        return is_held(self.folder / "keeper.lock")

    def _running_address(self, until: float) -> ServerAddress | None:
        """Wait until the kept server answers; None when there is none, or it ends before that."""
        while self._is_kept():
            server = ServerRecord.read(self._data)
            if server and server.is_ready and self._is_keepers(server) and server.answers():
                password = (self.folder / "password").read_text()
                return ServerAddress(server.host, server.port, SUPERUSER, password)
            _pause(until)
        return None

    def _is_keepers(self, server: ServerRecord) -> bool:
        """Whether the record is of the kept server, not of one that crashed earlier."""
        return (self.folder / "keeper.lock").read_text() == str(server.pid)

    def _start_server(self, until: float) -> ServerAddress:
        log_start = 0
        for _ in range(START_ATTEMPTS):
            self._wait_for_orphans(until)
            log_start = self._launch_keeper(until)
            if address := self._running_address(until):
                return address
        raise PostgresFailed(f"PostgreSQL did not start. {self._log_tail(log_start)}")

    def _wait_for_orphans(self, until: float) -> None:
        """Wait until nothing is left of a server whose keeper was killed; Linux has told it to stop by itself."""
        while is_held(self.folder / "server.lock"):
            if sys.platform != "linux" and (server := ServerRecord.read(self._data)):
                os.kill(server.pid, signal.SIGINT)
            _pause(until)

    def _launch_keeper(self, until: float) -> int:
        """Start keeper and server on prepared data; returns where in the log their part begins."""
        user = choose_server_user(self.folder)
        cluster = Cluster(self.folder, user, find_programs(user, self.folder))
        cluster.prepare(self._durability, until)
        cluster.forget_dead_server()
        who = (str(user.uid), str(user.gid)) if user.is_another else ("-", "-")
        server = cluster.command(self._durability, self._settings)
        with self._open_log() as log:
            log_start = log.tell()
            subprocess.run(  # noqa: S603 - our own interpreter and program, no shell
                [sys.executable, "-I", "-S", str(KEEPER), str(self.folder), str(cluster.data), *who, *server],
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in our terminal is not meant for the database
                timeout=LAUNCH_SECONDS,
                check=False,  # whether it worked shows in its lock and in the log
            )
        return log_start

    def _open_log(self) -> BinaryIO:
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        log = os.fdopen(os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        keep_owner(self._log)
        return log

    def _log_tail(self, start: int) -> str:
        """The last words of the log, not looking further back than `start` (a position in it)."""
        if not self._log.exists():
            return "It has not written a log."
        with self._log.open("rb") as log:
            log.seek(max(start, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            return f"The end of {self._log}:\n{log.read().decode(errors='replace').strip()}"

    def _explained(self, error: Exception, deadline_seconds: float) -> PostgresFailed:
        if isinstance(error, TimeoutError | subprocess.TimeoutExpired):
            return PostgresFailed(f"PostgreSQL was not ready within {deadline_seconds:g} s. {self._log_tail(0)}")
        if isinstance(error, PermissionError) and os.geteuid() == 0:
            return PostgresFailed(
                f"Root has no rights to act for PostgreSQL's user here ({error}). Run Chatbox as a user."
            )
        return PostgresFailed(f"PostgreSQL could not be started in {self.folder}: {error}")


def _pause(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError
    time.sleep(POLL_SECONDS)
