"""Opens zip files that may be hostile: how many members, how large, how dense, and whether they lie about it.

Nothing is ever unpacked to disk: the name of a member is only a key here, so `../../etc/passwd` leads nowhere.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbox.files.parsers.document import FileDamaged, FileEncrypted, FileTooComplex

MOST_MEMBERS: Final = 20_000
MOST_BYTES: Final = 512 << 20
MOST_BYTES_OF_A_MEMBER: Final = 64 << 20
# Text packs up to some 20 to 1. Deflate reaches 1,032 to 1 for one byte repeated, which only bombs are made of.
MOST_RATIO: Final = 200
_RATIO_COUNTS_FROM = 1 << 20
_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1


@dataclass(slots=True)
class Archive:
    """An open zip file. All reads together give at most `MOST_BYTES`, whatever its headers say."""

    _file: zipfile.ZipFile
    _left: int = MOST_BYTES

    def names(self) -> list[str]:
        """The members in the order of the directory; use them as keys only, never as paths."""
        return self._file.namelist()

    def __contains__(self, name: str) -> bool:
        return name in self._file.NameToInfo

    def read(self, name: str, limit: int = MOST_BYTES_OF_A_MEMBER) -> bytes:
        """The bytes of a member of at most `limit` bytes. A member that is not there means `FileDamaged`."""
        info = self._file.NameToInfo.get(name)
        if info is None:
            raise FileDamaged
        if info.file_size > min(limit, self._left):
            raise FileTooComplex
        with _reading(), self._file.open(info) as member:
            content = member.read(limit + 1)
        self._left -= len(content)
        return content


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The zip file at `path`, after a look at what it claims to hold; `check_archive` proves the claims."""
    with _reading(), zipfile.ZipFile(path) as file:
        _check_claims(file.infolist())
        yield Archive(file)


def check_archive(path: Path) -> None:
    """Refuse a zip file that another library is about to open by itself, if it is a bomb or lies about its sizes.

    Each member is inflated once, piece by piece, and never beyond what its header says, so this costs no memory and at
    most the time of inflating `MOST_BYTES`.
    """
    with _reading(), zipfile.ZipFile(path) as file:
        _check_claims(file.infolist())
        for info in file.infolist():
            _prove(file, info)


def _check_claims(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_BYTES:
        raise FileTooComplex
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise FileEncrypted
        if member.file_size > _RATIO_COUNTS_FROM and member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise FileTooComplex


def _prove(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    # `zipfile` stops at the size in the header and so would not notice a longer member; other readers go on.
    probe = copy(info)
    probe.file_size = info.file_size + 2 * _CHUNK_BYTES
    seen = 0
    with file.open(probe) as member:
        while piece := member.read(_CHUNK_BYTES):
            seen += len(piece)
            if seen > info.file_size:
                raise FileTooComplex


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise FileDamaged from error
    except RuntimeError as error:  # what `zipfile` raises for a member that needs a password
        raise FileEncrypted from error
