"""Reads a file as the server does: in a process of its own."""

from collections.abc import Callable
from pathlib import Path

from chatbox.files.parsers.job import OcrOptions
from chatbox.files.parsers.kinds import HEAD_BYTES, sniff
from chatbox.files.parsers.sandbox import ReadOptions, ReadResult, Sandbox

NO_OCR = OcrOptions("off")


def quiet(done: int, of: int) -> None:
    """For those who do not want to know how far it is."""


async def read_apart(
    path: Path,
    *,
    sandbox: Sandbox | None = None,
    options: ReadOptions | None = None,
    on_progress: Callable[[int, int], None] = quiet,
) -> ReadResult:
    """What the sandbox makes of the file; without OCR unless the options ask for it."""
    wished = options or ReadOptions(filename=path.name, ocr=NO_OCR)
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES), wished.filename or path.name)
    return await (sandbox or Sandbox()).read(path, kind, options=wished, on_progress=on_progress)
