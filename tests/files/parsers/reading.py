"""Runs one parser on a file, and says what may come of damaged ones."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from chatbox.files.parsers.document import Mark, Parser, PartialMeta, ReadFailed, Writer


@dataclass(frozen=True, slots=True)
class Read:
    """What a parser wrote and said."""

    text: str
    marks: list[Mark]
    meta: PartialMeta
    notes: list[str]

    def between_marks(self) -> list[tuple[str, str]]:
        """Each mark's label and the text from it to the next."""
        starts = [*(mark.start for mark in self.marks), len(self.text)]
        return [
            (mark.label, self.text[start:end]) for mark, (start, end) in zip(self.marks, pairwise(starts), strict=True)
        ]


def read(parser: Parser, content: bytes, folder: Path) -> Read:
    """Read these bytes as a file in `folder`."""
    path = folder / "file"
    path.write_bytes(content)
    out = Writer()
    steps: list[tuple[int, int]] = []
    parser(path, out, lambda done, of: steps.append((done, of)))
    assert all(0 <= done <= of for done, of in steps)
    return Read(out.text(), out.settled_marks(), out.known, out.notes)


def read_or_fail(parser: Parser, content: bytes, folder: Path) -> Read | ReadFailed:
    """The same, where a failure of the file is an answer too; anything else that is raised is a bug."""
    try:
        return read(parser, content, folder)
    except ReadFailed as failure:
        return failure


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip file with these members; `mimetype` is stored, the others are packed."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=how)
    return file.getvalue()


def with_member(archive: bytes, name: str, content: str | bytes) -> bytes:
    """The zip file with one member put in or replaced."""
    with zipfile.ZipFile(BytesIO(archive)) as file:
        members: dict[str, str | bytes] = {info.filename: file.read(info) for info in file.infolist()}
    return zipped({**members, name: content})


def member(archive: bytes, name: str) -> str:
    """The text of one member."""
    with zipfile.ZipFile(BytesIO(archive)) as file:
        return file.read(name).decode()
