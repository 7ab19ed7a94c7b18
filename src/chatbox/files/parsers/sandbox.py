"""Reads files in processes of their own, so that the worst a file can do is to fail."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from chatbox.files.parsers.document import (
    MOST_CHARACTERS,
    FileDamaged,
    FileEmpty,
    FileEncrypted,
    FileTooComplex,
    FileUnsupported,
    Mark,
    Meta,
    OcrMissing,
    Progress,
    ReadFailed,
)
from chatbox.files.parsers.job import RESULT_FILE, TEXT_FILE, VIEW_FILES, Job, OcrOptions
from chatbox.files.parsers.kinds import Kind
from chatbox.files.parsers.limits import stand_back
from chatbox.kernel.log import EventLog

MOST_SECONDS: Final = 600.0
_FEWEST_SECONDS = 60.0
_SECONDS_PER_MEGABYTE = 4.0
_DYING_SECONDS = 10.0
# A process that was taken over may write what it likes; no honest one writes so much.
_MOST_LINES = 100_000
_MOST_RESULT_BYTES = 16 << 20
_MOST_TEXT_BYTES = 4 * MOST_CHARACTERS
_MOST_VIEW_BYTES = 16 << 20

_PROGRAM = "chatbox.files.parsers.worker"
_SOURCE_ROOT = Path(__file__).parents[3]
# What the process needs of our environment. The rest (database password, signing keys) is not its business.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "TESSDATA_PREFIX")
_FAILURES: dict[str, type[ReadFailed]] = {
    kind.code: kind for kind in (FileDamaged, FileEmpty, FileEncrypted, FileTooComplex, FileUnsupported, OcrMissing)
}
# How a process dies of a file that asks for too much: by a limit, by the system, or by giving up on an allocation.
_TOO_MUCH = frozenset({signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL, signal.SIGABRT})
_TOO_MUCH_RAISED = frozenset({"MemoryError", "RecursionError"})

_log = EventLog("chatbox.files.parsers")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read. In `folder`, which must exist, the work is done and the view of a picture is left; None: none is.

    `filename` is what the person calls the file. OCR that uses up its pages or seconds stops and says so in the notes.
    """

    filename: str = ""
    folder: Path | None = None
    ocr: OcrOptions = field(default_factory=OcrOptions)
    most_seconds: float = MOST_SECONDS


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What was read. `kind` is final; `view` a PNG or JPEG of at most 1568 pixels a side, by its suffix."""

    text: str
    marks: tuple[Mark, ...]
    meta: Meta
    kind: Kind
    view: Path | None


class _Found(msgspec.Struct):
    """What the process leaves in `RESULT_FILE`; it may be hostile by then, so it is checked."""

    kind: Kind
    meta: Meta
    marks: list[Mark]


class _Line(msgspec.Struct):
    """One line of what the process says."""

    done: int = 0
    of: int = 0
    failed: str = ""
    finished: bool = False
    raised: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Reads at most `most_at_once` files at a time, each in a process that gets no more than its share."""

    most_at_once: int = 2
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turns", asyncio.Semaphore(self.most_at_once))

    async def read(self, path: Path, kind: Kind, *, options: ReadOptions, on_progress: Progress) -> ReadResult:
        """The text of the file at `path`, which `kinds.sniff` took for a `kind`.

        Waits for its turn. Raises a `ReadFailed` that says what is wrong with the file. When it is cancelled, nothing
        is left behind.
        """
        if kind.name == "empty":
            raise FileEmpty
        if not kind.is_readable and not kind.is_container:
            raise FileUnsupported
        async with self._turns:
            folder = Path(tempfile.mkdtemp(prefix="chatbox-read-", dir=options.folder))
            try:
                job = _job(path, folder, options)
                # It stands back behind everything else, so a busy machine makes it wait for most of the time; what it
                # may compute is the limit that counts.
                await _run(job, options.most_seconds, on_progress)
                return await asyncio.to_thread(_collect, folder, options.folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)


def _job(path: Path, folder: Path, options: ReadOptions) -> Job:
    return Job(
        path=str(path.absolute()),
        filename=options.filename,
        folder=str(folder),
        parent=os.getpid(),
        cpu_seconds=_cpu_seconds_for(path, options),
        ocr=options.ocr,
    )


def _cpu_seconds_for(path: Path, options: ReadOptions) -> int:
    """How long reading may take: what its size makes plausible, and the time for OCR, which ends by itself."""
    plausible = _FEWEST_SECONDS + path.stat().st_size / (1 << 20) * _SECONDS_PER_MEGABYTE
    ocr = options.ocr.most_seconds if options.ocr.choice != "off" else 0.0
    return int(min(plausible + ocr, MOST_SECONDS))


async def _run(job: Job, seconds: float, on_progress: Progress) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-m", _PROGRAM),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=job.folder,
        env=_child_environment(job.folder),
        start_new_session=True,  # its own group, so that whatever it starts can be ended with it
    )
    stand_back(process.pid)
    try:
        async with asyncio.timeout(seconds):
            last = await _converse(process, job, on_progress)
            await process.wait()
    except TimeoutError:
        raise FileTooComplex from None
    except ValueError:  # a line that is no JSON, or too long to be ours
        raise FileDamaged from None
    finally:
        await _end(process)
    if not last.finished:
        raise _why(process, last)


async def _converse(process: Process, job: Job, on_progress: Progress) -> _Line:
    """Hand over the job and listen until the process is done. Gives what it said last."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it died at once; how, is seen by its end
        process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        await process.stdin.drain()
    last = _Line()
    for _ in range(_MOST_LINES):
        line = await process.stdout.readline()
        if not line:
            return last
        last = msgspec.json.decode(line, type=_Line)
        if last.of > 0:
            on_progress(last.done, last.of)
    raise FileDamaged


def _why(process: Process, last: _Line) -> ReadFailed:
    if last.failed:
        return _FAILURES.get(last.failed, FileDamaged)()
    code = process.returncode or 0
    died_of = signal.Signals(-code).name if -code in set(signal.Signals) else str(code)
    _log.warning("file_reader_died", died_of=died_of, raised=last.raised[:100], at=last.at[:100])
    is_too_much = -code in _TOO_MUCH or last.raised in _TOO_MUCH_RAISED
    return FileTooComplex() if is_too_much else FileDamaged()


async def _end(process: Process) -> None:
    """Kill the process and whatever it started, and wait until it is gone, even while we are being cancelled."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_DYING_SECONDS):
            await process.wait()


def _child_environment(folder: str) -> Mapping[str, str]:
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "PYTHONPATH": str(_SOURCE_ROOT),
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        # The stacks of threads that never run count against the limit of memory.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OPENCV_FOR_THREADS_NUM": "1",
    }


def _collect(folder: Path, view_folder: Path | None) -> ReadResult:
    try:
        found = msgspec.json.decode(_take(folder / RESULT_FILE, _MOST_RESULT_BYTES), type=_Found)
        text = _take(folder / TEXT_FILE, _MOST_TEXT_BYTES).decode("utf-8")
    except (OSError, ValueError) as error:
        raise FileDamaged from error
    view = _keep_view(folder, view_folder) if view_folder is not None else None
    return ReadResult(text, tuple(found.marks), found.meta, found.kind, view)


def _keep_view(folder: Path, view_folder: Path) -> Path | None:
    for name in VIEW_FILES:
        with suppress(OSError):
            content = _take(folder / name, _MOST_VIEW_BYTES)
            kept = view_folder / name
            kept.write_bytes(content)
            return kept
    return None


def _take(path: Path, limit: int) -> bytes:
    """The content of a file that the process left: never through a link, never more than it may have written."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError
    return content
