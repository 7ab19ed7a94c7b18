"""What the embedded PostgreSQL keeps on disk, how it is made, and with which settings it is run."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatbox.kernel.postgres_address import SOCKET_PORT, SUPERUSER, choose_listening
from chatbox.kernel.postgres_locks import keep_owner
from chatbox.kernel.postgres_programs import PostgresFailed, ServerUser, has_name, version

Durability = Literal["safe", "throwaway"]

HERE = "/proc/self/cwd"

# For a small server: the whole of it stays far below 250 MB when idle. What is not here is PostgreSQL's default.
SETTINGS: Mapping[str, str] = {
    "cluster_name": "chatbox",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "jit": "off",
    "io_method": "sync",  # the workers of the new default are three more processes
    # Parallel work needs more shared memory than a container's 64 MB of /dev/shm, and helps small machines little.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "wal_level": "minimal",  # nobody replicates from here
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "checkpoint_timeout": "15min",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log tells what the server did, never what people wrote: no failed statements, no row contents.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
DURABILITY: Mapping[Durability, Mapping[str, str]] = {
    "safe": {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
    "throwaway": {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"},
}
ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C"}  # ours may hold secrets, and the wrong libraries


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL data folder, made if need be by the programs in `programs` and run as `user`.

    As root the server's user usually cannot walk to the data by path (think of /root), so the server starts in its
    data folder, entered while still root, and calls it `/proc/self/cwd`.
    """

    folder: Path
    user: ServerUser
    programs: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def prepare(self, durability: Durability, until: float) -> None:
        """Make the data folder if there is none; refuse one of another PostgreSQL. Needs the start lock."""
        self._remove_unfinished()
        if not self.data.exists():
            self._create(durability, until)
        ours = version().split(".", maxsplit=1)[0]
        try:
            theirs = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise PostgresFailed(f"{self.data} is not a PostgreSQL data folder: it has no PG_VERSION.") from None
        if theirs != ours:
            raise PostgresFailed(
                f"The database in {self.data} was made by PostgreSQL {theirs}, and this Chatbox brings {ours}. "
                "Take a backup with the Chatbox that made it and restore it into a new data folder with this one."
            )

    def command(self, durability: Durability, extra: Mapping[str, str]) -> list[str]:
        """The server's command line. The process must be started inside `data`."""
        settings = {**SETTINGS, **DURABILITY[durability], **choose_listening(self.data, self.user), **extra}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", HERE if self.user.is_another else str(self.data), *options]

    def forget_dead_server(self) -> None:
        """Remove what a crashed server left behind when its process id now belongs to somebody else.

        PostgreSQL believes a recorded process id that is alive, which in a restarted container is often a stranger.
        A postmaster always runs in its data folder, so any other process is one. Needs the start lock.
        """
        if not Path(HERE).exists():
            return
        for record in (self.data / "postmaster.pid", self.data / f".s.PGSQL.{SOCKET_PORT}.lock"):
            if record.exists() and not self._is_run_by(record.read_text().split("\n", maxsplit=1)[0]):
                record.unlink()

    def _is_run_by(self, pid: str) -> bool:
        try:
            return Path(f"/proc/{abs(int(pid))}/cwd").samefile(self.data)
        except (FileNotFoundError, ValueError):
            return False  # no such process, or a dead one that nobody has waited for
        except PermissionError:
            return True  # somebody else's process: PostgreSQL itself sees that it is not the server

    def _create(self, durability: Durability, until: float) -> None:
        """Run `initdb` in a folder of its own and move the result into place: there is never half a database."""
        if not has_name(self.user.uid):
            raise PostgresFailed(
                f"PostgreSQL makes no database for user id {self.user.uid}, which has no entry in /etc/passwd. "
                "Add one, run Chatbox as a user that has one, or name another database in CHATBOX_DATABASE_URL."
            )
        work = Path(tempfile.mkdtemp(prefix="data.new.", dir=self.folder))
        try:
            password = secrets.token_urlsafe(24)
            (work / "data").mkdir(mode=0o700)
            write_private(work / "password", password)
            self._give_to_server(work, work / "data", work / "password")
            self._run_initdb(work / "data", durability, until)
            write_private(self.folder / "password", password)
            (work / "data").rename(self.data)
            synchronise(self.folder)
        finally:
            self._remove_unfinished()

    def _remove_unfinished(self) -> None:
        """Remove what killed starts left. An `initdb` may outlive its start and still write: each start does."""
        for unfinished in self.folder.glob("data.new.*"):
            shutil.rmtree(unfinished, ignore_errors=True)

    def _give_to_server(self, *paths: Path) -> None:
        if self.user.is_another:
            for path in paths:
                os.chown(path, self.user.uid, self.user.gid)

    def _run_initdb(self, data: Path, durability: Durability, until: float) -> None:
        # The collation is the built-in one and the same everywhere; the locale only says which characters are letters.
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        arguments = [
            *("-D", HERE if self.user.is_another else str(data), "-U", SUPERUSER),
            *("--auth=scram-sha-256", "--pwfile=../password", "--encoding=UTF8", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", f"--locale={locale}", "--data-checksums", "--no-instructions"),
            *(["--no-sync"] if durability == "throwaway" else []),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own program and arguments, no shell
                [str(self.programs / "initdb"), *arguments],
                cwd=data,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=max(1.0, until - time.monotonic()),
                check=False,
                user=self.user.uid if self.user.is_another else None,
                group=self.user.gid if self.user.is_another else None,
                extra_groups=[] if self.user.is_another else None,
            )
        except subprocess.TimeoutExpired:
            raise PostgresFailed("Making the database (initdb) took too long.") from None
        if done.returncode != 0:
            raise PostgresFailed(f"Making the database (initdb) failed:\n{(done.stdout + done.stderr)[-2000:]}")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, durably."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    keep_owner(path)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def synchronise(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    with suppress(OSError):  # some network file systems cannot, and need not
        os.fsync(handle)
    os.close(handle)
