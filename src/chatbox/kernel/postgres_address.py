"""Where the embedded PostgreSQL listens: how the place is chosen, and how clients find it."""

import hashlib
import os
import secrets
import socket
import stat
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from chatbox.kernel.postgres_programs import ServerUser

SUPERUSER = "chatbox"
SOCKET_PORT = 5432
# The kernel's limit on the path of a socket (sun_path in unix(7), without the closing zero).
SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103
ANSWER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server is: `host` is the folder of its socket, or 127.0.0.1."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)

    def url(self, database: str) -> str:
        """A `postgresql://` URL for asyncpg, and for SQLAlchemy once the scheme reads `postgresql+asyncpg`."""
        account = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        name = quote(database, safe="")
        if self.host.startswith("/"):
            return f"postgresql://{account}@/{name}?host={quote(self.host, safe='')}&port={self.port}"
        return f"postgresql://{account}@{self.host}:{self.port}/{name}"


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """What a running server says of itself in `postmaster.pid` (pidfile.h in PostgreSQL gives its lines)."""

    pid: int
    host: str
    port: int
    is_ready: bool

    @classmethod
    def read(cls, data: Path) -> "ServerRecord | None":
        """None while there is no record, or only the beginning of one."""
        try:
            lines = [line.strip() for line in (data / "postmaster.pid").read_text().split("\n")]
            pid, _, _, port, socket_folder, loopback, _, status, *_ = lines
            host = str(data / socket_folder) if socket_folder else loopback
            return cls(pid=int(pid), host=host, port=int(port), is_ready=status == "ready")
        except (FileNotFoundError, ValueError):
            return None

    def answers(self) -> bool:
        """Whether a connection is accepted there right now."""
        family = socket.AF_UNIX if self.host.startswith("/") else socket.AF_INET
        place = f"{self.host}/.s.PGSQL.{self.port}" if family == socket.AF_UNIX else (self.host, self.port)
        with socket.socket(family) as trial:
            trial.settimeout(ANSWER_SECONDS)
            try:
                trial.connect(place)
            except OSError:
                return False
        return True


def choose_listening(data: Path, user: ServerUser) -> dict[str, str]:
    """Settings for where to listen: a socket in the data folder, one in a short private folder, or loopback.

    The second serves folders whose path is too long for a socket, the third file systems that know no sockets.
    """
    if _can_hold_socket(data):
        return {"listen_addresses": "", "port": str(SOCKET_PORT), "unix_socket_directories": "."}
    short = _make_short_folder(data, user)
    if short is not None and _can_hold_socket(short):
        return {"listen_addresses": "", "port": str(SOCKET_PORT), "unix_socket_directories": f'"{short}"'}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return {"listen_addresses": "127.0.0.1", "port": str(free.getsockname()[1]), "unix_socket_directories": ""}


def _make_short_folder(data: Path, user: ServerUser) -> Path | None:
    """A folder for the socket under the system's temporary one, or None if somebody else has taken its name."""
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()).absolute() / f"chatbox-{name}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
        if user.is_another and facts.st_uid == os.geteuid():
            os.chown(folder, user.uid, user.gid, follow_symlinks=False)
            facts = folder.lstat()
    except OSError:
        return None
    is_private = stat.S_ISDIR(facts.st_mode) and facts.st_uid == user.uid and not facts.st_mode & 0o077
    return folder if is_private else None


def _can_hold_socket(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{SOCKET_PORT}")
    if len(path) > SOCKET_PATH_LIMIT or b"," in path or b'"' in path:  # a comma separates hosts in URLs and settings
        return False
    probe = folder / f".probe{secrets.token_hex(3)}"
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.bind(os.fsencode(probe))
        except OSError:
            return False
    probe.unlink()
    return True
