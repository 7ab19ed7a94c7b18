"""What every parser is given and gives: the text it writes, the marks that lead back, and the ways it can fail."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Final, Literal, Protocol

from chatbox.kernel.errors import AppError

MOST_CHARACTERS: Final = 5_000_000
MOST_MARKS: Final = 20_000
MOST_NOTES: Final = 20
_LONGEST_LABEL = 200
# So many rows are looked at to find how wide a table is; a later row that is wider keeps its cells all the same.
_ROWS_LOOKED_AT = 200
_WIDEST_TABLE = 1_000
_DEEPEST_ITEM = 8
_DEEPEST_HEADING = 6

MarkKind = Literal["page", "slide", "sheet", "section"]
# What a file is. Those in the last two lines are told apart for the sake of a clear message; nothing reads them.
KindName = Literal[
    "text", "markdown", "code", "csv", "html", "eml", "notebook",
    "pdf", "docx", "xlsx", "xls", "pptx", "odt", "ods", "odp", "epub", "image",
    "doc", "ppt", "rtf", "encrypted_office",
    "archive", "audio", "video", "empty", "binary",
]  # fmt: skip

Progress = Callable[[int, int], None]

# PostgreSQL stores no NUL and no half of a surrogate pair; the other control characters mean nothing in Markdown.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
_BACKTICKS = re.compile(r"^[ ]{0,3}(`{3,})", re.MULTILINE)
# A Chinese, Japanese or Korean character counts as a word, as word processors count.
_WORDS = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)


class ReadFailed(AppError):
    """A file that gives no text. Its code is stored with the file and said to its owner."""

    code = "file_damaged"
    status = 422


class FileDamaged(ReadFailed):
    """The bytes are not what their beginning promises, or reading them killed the process that tried."""

    code = "file_damaged"


class FileEncrypted(ReadFailed):
    """The file opens with a password only."""

    code = "file_encrypted"


class FileEmpty(ReadFailed):
    """There is nothing in it: no bytes, or no text and no picture."""

    code = "file_empty"


class FileUnsupported(ReadFailed):
    """Nothing here reads such files."""

    code = "file_unsupported"


class FileTooComplex(ReadFailed):
    """Reading it would cost more memory, time or space than a file is given."""

    code = "file_too_complex"


class OcrMissing(ReadFailed):
    """The text is in pictures, and nothing that reads pictures is installed or chosen."""

    code = "ocr_missing"


class TextFull(Exception):
    """The text has reached `MOST_CHARACTERS`: what was written stays, the rest of the file is not read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where in the text (in characters from its beginning) a page, slide, sheet or section begins.

    Text at an offset belongs to the last mark at or before it. An empty page has the start of the page after it.
    """

    start: int
    kind: MarkKind
    number: int
    label: str


@dataclass(frozen=True, slots=True)
class PartialMeta:
    """What a parser itself knows about its file; None is unknown. `pages` counts pages, slides or sheets."""

    title: str | None = None
    author: str | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known about a file that was read. `notes` are codes such as `text_cut`, said to the person."""

    title: str | None
    author: str | None
    pages: int | None
    words: int
    notes: tuple[str, ...]


class Parser(Protocol):
    """Reads the file at `path` (whose name says nothing) into `out` and raises a `ReadFailed` when it cannot.

    What it finds out about the file it says (`out.known`) before it writes, so that a text that is cut keeps it.
    `progress(done, of)` may be called as often as one likes. `TextFull` from `out` must be let through.
    """

    def __call__(self, path: Path, out: "Writer", progress: Progress, /) -> None: ...


@dataclass(slots=True)
class Writer:
    """The Markdown under construction: blocks parted by blank lines, never longer than `most` characters."""

    most: int = MOST_CHARACTERS
    known: PartialMeta = PartialMeta()
    marks: list[Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    # What parts the next block from the one before.
    _between: str = ""

    def mark(self, kind: MarkKind, number: int, label: str = "") -> None:
        """Say that what is written next is on this page (counted from 1), slide, sheet or section."""
        if len(self.marks) >= MOST_MARKS:
            raise TextFull
        self._between = "\n\n" if self._length else ""
        start = self._length + len(self._between)
        self.marks.append(Mark(start, kind, number, one_line(label)[:_LONGEST_LABEL]))

    def note(self, code: str) -> None:
        """Remember something that the person should know, once."""
        if code not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(code)

    def heading(self, level: int, text: str) -> None:
        title = one_line(text)
        if title:
            self._block("#" * min(max(level, 1), _DEEPEST_HEADING) + " " + title)

    def paragraph(self, text: str) -> None:
        """Text as it is, its blank lines kept single; it is not escaped."""
        self._block(_BLANK_LINES.sub("\n\n", clean(text)).strip())

    def item(self, text: str, depth: int = 0, number: int | None = None) -> None:
        """One item of a list, `depth` 0 outermost, with its number if the list is numbered."""
        indent = "    " * min(max(depth, 0), _DEEPEST_ITEM)
        sign = "-" if number is None else f"{number}."
        words = clean(text).strip().replace("\n", "\n" + indent + " " * (len(sign) + 1))
        if words:
            self._block(f"{indent}{sign} {words}", after="\n")

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """A table whose first row is its head. Rows are taken one by one, so that a long sheet costs little memory."""
        source = iter(rows)
        first = list(islice(source, _ROWS_LOOKED_AT))
        width = min(max((len(row) for row in first), default=0), _WIDEST_TABLE)
        if not width:
            return
        self._between = "\n\n" if self._length else ""
        self._block(_row(first[0], width), after="\n")
        self._line("|" + " --- |" * width)
        for row in chain(first[1:], source):
            self._line(_row(row, width))
        self._between = "\n\n"

    def code(self, text: str, language: str = "") -> None:
        """A fenced block whose fence is longer than any inside."""
        body = clean(text).strip("\n")
        if body.strip():
            fence = "`" * max((3, *(len(ticks) + 1 for ticks in _BACKTICKS.findall(body))))
            self._block(f"{fence}{language}\n{body}\n{fence}")

    def raw(self, markdown: str) -> None:
        """Markdown that is whole already: as it is, blank lines within it included."""
        self._block(clean(markdown).strip("\n"))

    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def is_empty(self) -> bool:
        return self._length == 0

    def settled_marks(self) -> list[Mark]:
        """The marks, none of which lies behind the end of the text."""
        return [Mark(min(mark.start, self._length), mark.kind, mark.number, mark.label) for mark in self.marks]

    def _block(self, block: str, after: str = "\n\n") -> None:
        if not block:
            return
        # Items of one list stand line under line; any other neighbours are parted by a blank line.
        between = self._between if self._between != "\n" or after == "\n" else "\n\n"
        self._write(between + block)
        self._between = after

    def _line(self, line: str) -> None:
        self._write("\n" + line)

    def _write(self, piece: str) -> None:
        room = self.most - self._length
        self._pieces.append(piece[:room])
        self._length += min(len(piece), room)
        if len(piece) > room:
            raise TextFull


def clean(text: str) -> str:
    """The text with line ends as `\\n` and without what no database and no page can hold."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWRITABLE.sub("", text)


def one_line(text: str) -> str:
    """The text on one line, its spaces single."""
    return _SPACES.sub(" ", _UNWRITABLE.sub(" ", text)).strip()


def count_words(text: str) -> int:
    """Words as word processors count them: runs of letters and digits, and each Chinese or Japanese character."""
    return sum(1 for _ in _WORDS.finditer(text))


def _row(cells: Sequence[str], width: int) -> str:
    filled = [one_line(cell).replace("|", "\\|") for cell in cells[:_WIDEST_TABLE]]
    filled += [""] * (width - len(filled))
    return "| " + " | ".join(filled) + " |"
