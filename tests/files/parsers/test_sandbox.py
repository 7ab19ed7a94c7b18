"""The process that reads a file: what it may, how it ends, and that nothing of it stays."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from tests.files.parsers import samples
from tests.files.parsers.apart import NO_OCR, quiet, read_apart
from tests.files.parsers.pdfs import keep, many_pages, pages_of
from tests.files.parsers.test_kinds import ole_of

from chatbox.files.parsers.document import (
    FileDamaged,
    FileEmpty,
    FileEncrypted,
    FileTooComplex,
    FileUnsupported,
    KindName,
)
from chatbox.files.parsers.kinds import of
from chatbox.files.parsers.limits import MOST_MEMORY, MOST_WRITTEN
from chatbox.files.parsers.sandbox import ReadOptions, Sandbox
from chatbox.files.parsers.worker import PARSERS

_PATIENCE_SECONDS = 60.0
_READER = "chatbox.files.parsers.worker"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sandbox keeps its folders in this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """A file that takes many seconds to read."""
    return keep(tmp_path, many_pages(3000), "long.pdf")


def _readers_of(parent: int) -> list[int]:
    """The processes that read a file for `parent`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent
            if is_child and _READER in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


async def _until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def _reading(path: Path, act: Callable[[int], object]) -> None:
    """Read the file; once its reader is at work, `act` gets its process id."""
    acted: list[object] = []

    def on_progress(_done: int, _of: int) -> None:
        if not acted:
            (reader,) = _readers_of(os.getpid())
            acted.append(act(reader))

    await read_apart(path, options=ReadOptions(filename=path.name, ocr=NO_OCR), on_progress=on_progress)


async def test_a_file_gives_its_text_its_marks_and_what_is_known_of_it(tmp_path: Path, temporary: Path) -> None:
    path = keep(tmp_path, pages_of([["One page"], ["第二页"]], title="T"), "wrong-name.txt")
    steps: list[tuple[int, int]] = []
    found = await read_apart(path, on_progress=lambda done, of: steps.append((done, of)))
    assert found.text.split() == ["One", "page", "第二页"]
    assert [(mark.kind, mark.number) for mark in found.marks] == [("page", 1), ("page", 2)]
    assert (found.meta.title, found.meta.pages, found.meta.words) == ("T", 2, 5)
    assert (found.kind, steps[-1]) == (of("pdf"), (2, 2))
    assert list(temporary.iterdir()) == []


async def test_a_file_of_nothing_or_of_no_known_kind_starts_no_process(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        await read_apart(keep(tmp_path, b"", "x.pdf"))
    with pytest.raises(FileUnsupported):
        await read_apart(keep(tmp_path, b"\x7fELF\2\1\1", "x.pdf"))


@pytest.mark.parametrize(
    ("make", "kind", "mark"),
    [
        (samples.docx_file, "docx", "section"),
        (samples.xlsx_file, "xlsx", "sheet"),
        (samples.pptx_file, "pptx", "slide"),
        (samples.epub_file, "epub", "section"),
        (samples.odt_file, "odt", "section"),
        (samples.odp_file, "odp", "slide"),
        (samples.eml_file, "eml", ""),
        (samples.notebook_file, "notebook", "section"),
        (lambda: b"<!doctype html><title>T</title><h1>One</h1><p>text", "html", "section"),
        (lambda: b"# One\n\ntext", "markdown", "section"),
        (lambda: b"def f(): pass", "code", ""),
        (lambda: b"a,b\n1,2", "csv", ""),
    ],
)
async def test_files_of_every_kind_are_read(
    tmp_path: Path, make: Callable[[], bytes], kind: KindName, mark: str
) -> None:
    endings = {"markdown": "md", "code": "py", "csv": "csv"}
    found = await read_apart(keep(tmp_path, make(), f"file.{endings.get(kind, 'x')}"))
    assert (found.kind.name, bool(found.text.strip()), found.meta.words > 0) == (kind, True, True)
    assert {entry.kind for entry in found.marks} == ({mark} if mark else set())


def test_every_kind_that_is_readable_has_its_parser() -> None:
    assert {name for name in get_args(KindName) if of(name).is_readable} == PARSERS.keys()
    for place in PARSERS.values():
        module, function = place.split(":")
        assert callable(getattr(import_module(f"chatbox.files.parsers.{module}"), function))


@pytest.mark.parametrize(
    ("streams", "failure"),
    [
        (("EncryptionInfo", "EncryptedPackage"), FileEncrypted),
        (("WordDocument",), FileUnsupported),
        (("PowerPoint Document",), FileUnsupported),
        (("Workbook",), FileDamaged),
    ],
)
async def test_old_and_protected_office_files_get_their_own_message(
    tmp_path: Path, streams: tuple[str, ...], failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        await read_apart(keep(tmp_path, ole_of(*streams), "x.docx"))


async def test_an_archive_turns_out_to_be_unreadable_inside(tmp_path: Path) -> None:
    with pytest.raises(FileUnsupported):
        await read_apart(keep(tmp_path, b"\x1f\x8b\x08\0\0", "x.gz"))


async def test_blank_text_is_empty(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        await read_apart(keep(tmp_path, b"   \n", "x.txt"))


async def test_a_text_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    found = await read_apart(keep(tmp_path, b"# Words\n\n" + b"word " * 1_100_000, "x.md"))
    assert (len(found.text), found.meta.notes, found.meta.title) == (5_000_000, ("text_cut",), "Words")


async def test_a_file_that_takes_too_long_is_given_up(long_file: Path, temporary: Path) -> None:
    with pytest.raises(FileTooComplex):
        await read_apart(long_file, options=ReadOptions(ocr=NO_OCR, most_seconds=0.5))
    assert list(temporary.iterdir()) == []
    assert _readers_of(os.getpid()) == []


@linux_only
@pytest.mark.parametrize(
    ("number", "failure"),
    [(signal.SIGKILL, FileTooComplex), (signal.SIGABRT, FileTooComplex), (signal.SIGSEGV, FileDamaged)],
)
async def test_a_reader_that_is_killed_hurts_only_its_file(
    long_file: Path, temporary: Path, number: signal.Signals, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        await _reading(long_file, lambda reader: os.kill(reader, number))
    assert list(temporary.iterdir()) == []


@linux_only
async def test_cancelling_leaves_no_process_and_no_file(long_file: Path, temporary: Path) -> None:
    begun = asyncio.Event()
    reading = asyncio.ensure_future(read_apart(long_file, on_progress=lambda _done, _of: begun.set()))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert _readers_of(os.getpid()) == []
    assert list(temporary.iterdir()) == []


@linux_only
async def test_a_reader_sees_no_secret_and_stands_back(long_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOX_MASTER_KEY", "the-secret")
    seen: list[tuple[bytes, int, int]] = []

    def look(reader: int) -> None:
        environment = Path(f"/proc/{reader}/environ").read_bytes()
        seen.append((environment, os.sched_getscheduler(reader), os.getsid(reader) - reader))
        os.kill(reader, signal.SIGKILL)

    with pytest.raises(FileTooComplex):
        await _reading(long_file, look)
    ((environment, policy, distance_to_leader),) = seen
    assert b"the-secret" not in environment
    assert (policy, distance_to_leader) == (os.SCHED_IDLE, 0)


async def test_no_more_files_are_read_at_once_than_may_be(tmp_path: Path) -> None:
    sandbox, steps = Sandbox(most_at_once=1), []
    paths = [keep(tmp_path, many_pages(20), f"{name}.pdf") for name in "ab"]
    async with asyncio.TaskGroup() as group:
        for path in paths:
            group.create_task(
                read_apart(path, sandbox=sandbox, on_progress=lambda _done, _of, path=path: steps.append(path))  # type: ignore[misc]  # mypy cannot infer a default
            )
    assert steps == sorted(steps)
    assert set(steps) == set(paths)


@linux_only
async def test_a_reader_dies_with_its_server(long_file: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(long_file)], stdout=subprocess.PIPE, env={"PYTHONPATH": "src:."}
    )
    assert server.stdout is not None
    with server, server.stdout:
        await asyncio.to_thread(server.stdout.readline)
        (reader,) = _readers_of(server.pid)
        server.kill()
        await _until(lambda: not Path(f"/proc/{reader}").exists())


_SERVER = """
import asyncio, sys
from pathlib import Path
from tests.files.parsers.apart import read_apart
asyncio.run(read_apart(Path(sys.argv[1]), on_progress=lambda done, of: print(done, flush=True)))
"""


def _confined(code: str, cpu_seconds: int = 5) -> subprocess.CompletedProcess[str]:
    """Run a program that has given up what readers give up."""
    program = f"""
import os
from chatbox.files.parsers.limits import confine
confine(cpu_seconds={cpu_seconds}, parent=os.getppid(), may_start_programs=False)
{code}
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@linux_only
def test_a_reader_gets_no_more_memory_than_its_share() -> None:
    ended = _confined(f"bytearray({MOST_MEMORY})")
    assert "MemoryError" in ended.stderr


@linux_only
def test_a_reader_that_writes_too_much_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "large"
    ended = _confined(f"open({str(path)!r}, 'wb').write(bytes({MOST_WRITTEN + 1}))")
    assert (ended.returncode, path.stat().st_size) == (-signal.SIGXFSZ, MOST_WRITTEN)


@linux_only
def test_a_reader_that_never_stops_computing_is_ended() -> None:
    assert _confined("while True: pass", cpu_seconds=1).returncode in {-signal.SIGXCPU, -signal.SIGKILL}


@linux_only
def test_a_reader_reaches_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = _confined(
            "import socket; print(os.readlink('/proc/self/ns/net'), flush=True)\n"
            f"socket.create_connection({server.getsockname()!r}, 2)"
        )
    if ended.stdout.strip() == str(Path("/proc/self/ns/net").readlink()):
        pytest.skip("this machine lets nobody leave its network")
    assert "Network is unreachable" in ended.stderr


async def test_what_a_reader_leaves_is_not_believed(tmp_path: Path) -> None:
    from chatbox.files.parsers.job import RESULT_FILE, TEXT_FILE
    from chatbox.files.parsers.sandbox import _collect

    secret = keep(tmp_path, b"secret", "secret")
    (tmp_path / TEXT_FILE).symlink_to(secret)
    (tmp_path / RESULT_FILE).write_text('{"kind": {"name": "text", "mime_type": "x"}, "marks": [], "meta": 5}')
    with pytest.raises(FileDamaged):
        _collect(tmp_path, None)
    meta = '{"title": null, "author": null, "pages": null, "words": 0, "notes": []}'
    (tmp_path / RESULT_FILE).write_text(
        '{"kind": {"name": "text", "mime_type": "x"}, "marks": [], "meta": ' + meta + "}"
    )
    with pytest.raises(FileDamaged):
        _collect(tmp_path, None)


async def test_a_file_that_is_gone_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Sandbox().read(tmp_path / "gone", of("text"), options=ReadOptions(), on_progress=quiet)


def test_the_server_itself_loads_nothing_that_reads_files() -> None:
    program = "import sys, chatbox.app; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    readers = {"PIL", "docx", "lxml", "numpy", "pptx", "pypdfium2", "python_calamine", "rapidocr"}
    assert not readers & set(ended.stdout.split())
