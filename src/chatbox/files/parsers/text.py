"""Reads plain text, Markdown and source code."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Final

from chatbox.files.parsers.document import MOST_CHARACTERS, FileEmpty, PartialMeta, Progress, Writer
from chatbox.files.parsers.encoding import decode

# No encoding in use spends more than four bytes on a character.
MOST_BYTES: Final = 4 * MOST_CHARACTERS
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})")


def parse_text(path: Path, out: Writer, progress: Progress) -> None:
    """Plain text, as it is."""
    out.raw(_read(path, out))
    progress(1, 1)


def parse_code(path: Path, out: Writer, progress: Progress, *, language: str = "") -> None:
    """Source code as one fenced block in `language`, the name that highlighters know."""
    out.code(_read(path, out), language)
    progress(1, 1)


def parse_markdown(path: Path, out: Writer, progress: Progress) -> None:
    """Markdown as it is, with a mark at each heading; the first heading is the title."""
    text = _read(path, out).strip("\n")
    headings = _find_headings(text)
    out.known = PartialMeta(title=headings[0][1] if headings else None)
    out.raw(text[: headings[0][0]] if headings else text)
    for number, ((start, title), (end, _)) in enumerate(pairwise([*headings, (len(text), "")]), start=1):
        out.mark("section", number, title)
        out.raw(text[start:end])
    progress(1, 1)


def _read(path: Path, out: Writer) -> str:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        out.note("text_cut")
    text = decode(content[:MOST_BYTES])
    if not text.strip():
        raise FileEmpty
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _find_headings(text: str) -> list[tuple[int, str]]:
    """Where ATX headings begin, and their words; those inside fenced code are none."""
    headings: list[tuple[int, str]] = []
    fence, at = "", 0
    for line in text.split("\n"):
        marker = _FENCE.match(line)
        if marker and not fence:
            fence = marker["fence"]
        elif marker and marker["fence"].startswith(fence):
            fence = ""
        elif not fence and (found := _HEADING.match(line)):
            headings.append((at, found["title"]))
        at += len(line) + 1
    return headings
