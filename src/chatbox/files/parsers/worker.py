"""The process that reads one file, so that a hostile one hurts nobody: `python -m chatbox.files.parsers.worker`.

It takes one line of JSON (a `Job`) from standard input and answers with lines of JSON: `{"done": 3, "of": 12}` any
number of times, then `{"failed": CODE}` or `{"finished": true}`. What it read lies in two files in its folder. When it
is killed or dies of an error there is no last line; `{"raised": …}` says which error it was.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from chatbox.files.parsers import kinds
from chatbox.files.parsers.document import (
    FileEmpty,
    FileEncrypted,
    FileUnsupported,
    KindName,
    Meta,
    Parser,
    ReadFailed,
    TextFull,
    Writer,
    count_words,
    one_line,
)
from chatbox.files.parsers.job import LONGEST_JOB, RESULT_FILE, TEXT_FILE, Job, OcrOptions
from chatbox.files.parsers.limits import confine

# Progress is for people; more often than this nobody sees it.
_SECONDS_BETWEEN_REPORTS = 0.1
_LONGEST_TITLE = 500

_HERE = "chatbox.files.parsers."
# Named, not imported, so that a process loads the libraries of one format only.
PARSERS: Final[Mapping[KindName, str]] = {
    "code": "text:parse_code",
    "csv": "csv:parse_csv",
    "docx": "docx:parse_docx",
    "eml": "eml:parse_eml",
    "epub": "epub:parse_epub",
    "html": "html:parse_html",
    "image": "image:parse_image",
    "markdown": "text:parse_markdown",
    "notebook": "notebook:parse_notebook",
    "odp": "odf:parse_odp",
    "ods": "xlsx:parse_xlsx",
    "odt": "odf:parse_odt",
    "pdf": "pdf:parse_pdf",
    "pptx": "pptx:parse_pptx",
    "text": "text:parse_text",
    "xls": "xlsx:parse_xlsx",
    "xlsx": "xlsx:parse_xlsx",
}


class Reports:
    """The way back to the parent. Libraries that print would spoil it, so it takes standard output away from them."""

    def __init__(self) -> None:
        self._out: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self._next_at = 0.0

    def progress(self, done: int, of: int) -> None:
        now = time.monotonic()
        if done >= of or now >= self._next_at:
            self._next_at = now + _SECONDS_BETWEEN_REPORTS
            self.say(done=done, of=of)

    def say(self, **line: object) -> None:
        self._out.write(json.dumps(line).encode() + b"\n")

    def say_raised(self, kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        """Say which error ended the process, and where, but none of its words: they may be the file's."""
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
        self.say(raised=kind.__name__, at=where)


def main() -> int:
    """Read the file that the job on standard input names."""
    asked = json.loads(sys.stdin.buffer.readline(LONGEST_JOB))
    job = Job(**asked | {"ocr": OcrOptions(**asked["ocr"])})
    confine(cpu_seconds=job.cpu_seconds, parent=job.parent, may_start_programs=job.ocr.choice == "tesseract")
    reports = Reports()
    sys.excepthook = reports.say_raised
    try:
        read(job, reports)
    except ReadFailed as failure:
        reports.say(failed=failure.code)
    else:
        reports.say(finished=True)
    return 0


def read(job: Job, reports: Reports) -> None:
    """Read the file and leave its text, marks and metadata in the job's folder."""
    path, folder = Path(job.path), Path(job.folder)
    kind = kinds.look(path, job.filename)
    out = Writer()
    try:
        _parser_for(kind, job)(path, out, reports.progress)
    except TextFull:
        out.note("text_cut")
    if out.is_empty() and not kind.is_picture:
        raise FileEmpty
    text, known = out.text(), out.known
    meta = Meta(_short(known.title), _short(known.author), known.pages, count_words(text), tuple(out.notes))
    (folder / TEXT_FILE).write_text(text, encoding="utf-8", newline="")
    result = {"kind": asdict(kind), "meta": asdict(meta), "marks": [asdict(mark) for mark in out.settled_marks()]}
    (folder / RESULT_FILE).write_text(json.dumps(result), encoding="utf-8")


def _parser_for(kind: kinds.Kind, job: Job) -> Parser:
    if kind.name == "encrypted_office":
        raise FileEncrypted
    if kind.name not in PARSERS:
        raise FileEmpty if kind.name == "empty" else FileUnsupported
    module, function = PARSERS[kind.name].split(":")
    parser: Callable[..., None] = getattr(import_module(_HERE + module), function)
    match kind.name:
        case "code":
            return partial(parser, language=kind.language)
        case "pdf":
            return partial(parser, ocr=job.ocr)
        case "image":
            return partial(parser, ocr=job.ocr, folder=Path(job.folder))
    return parser


def _short(words: str | None) -> str | None:
    return one_line(words)[:_LONGEST_TITLE] or None if words else None


if __name__ == "__main__":
    sys.exit(main())
