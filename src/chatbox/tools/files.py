"""The tools by which a model reads the files of a conversation that are too long to be shown to it whole."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chatbox.files.parsers.document import Mark
from chatbox.providers.port import ToolSpec
from chatbox.tools.passages import Passage, cut_passages, place_of, rank, with_places
from chatbox.tools.port import Tool, ToolContext, ToolOutput, ToolRefused

MOST_HITS = 8
_USUAL_LENGTH = 8_000
_CITE = "Cite what you take from it as [report.pdf, page 3]."
_FILE = {"type": "string", "description": "The file's number in the list, or its name."}


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that a model may read. `characters` is the length of its text; `pages` counts slides and sheets too."""

    key: str
    filename: str
    mime_type: str
    characters: int
    pages: int | None


class Reading(Protocol):
    """The text of one file, and where its pages begin."""

    @property
    def text(self) -> str: ...

    @property
    def marks(self) -> Sequence[Mark]: ...


class Shelf(Protocol):
    """The files of one conversation."""

    @property
    def files(self) -> Sequence[Listed]: ...

    async def text(self, key: str) -> Reading | None:
        """The text of a file; None when it is gone."""
        ...


def file_tools(shelf: Shelf) -> tuple[Tool, ...]:
    """The tools that read what is on `shelf`."""
    return (ListFiles(shelf), ReadFile(shelf), SearchFile(shelf))


@dataclass(frozen=True, slots=True)
class ListFiles:
    """`list_files`: what there is to read."""

    shelf: Shelf

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "list_files",
            "List the files of this conversation: their numbers, names, types, lengths and pages.",
            {"type": "object", "properties": {}},
        )

    async def call(self, context: ToolContext, arguments: Mapping[str, object]) -> ToolOutput:
        del context, arguments
        return ToolOutput("\n".join(f"{number}. {_described(file)}" for number, file in enumerate(self.shelf.files, 1)))


@dataclass(frozen=True, slots=True)
class ReadFile:
    """`read_file`: a range of a file, by characters or by the number of a page, slide or sheet."""

    shelf: Shelf

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "read_file",
            "Read a part of a file: a page, slide or sheet by its number, or a range of characters. " + _CITE,
            {
                "type": "object",
                "properties": {
                    "file": _FILE,
                    "page": {"type": "integer", "description": "The number of a page, slide or sheet."},
                    "start": {"type": "integer", "description": "Where to begin, in characters; 0 if absent."},
                    "length": {"type": "integer", "description": f"How many characters; {_USUAL_LENGTH} if absent."},
                },
                "required": ["file"],
            },
        )

    async def call(self, context: ToolContext, arguments: Mapping[str, object]) -> ToolOutput:
        file = _find(self.shelf, arguments)
        reading = await _open(self.shelf, file)
        text, marks = reading.text, reading.marks
        first, last = _range(arguments, file, reading)
        # Room for the lines around it.
        end = min(last, first + max(1, context.most_characters - 500))
        where = f"{file.filename}, characters {first} to {end} of {len(text)}"
        if place := place_of(marks, first):
            where += f", beginning on {place}"
        more = f"\n[To go on, call read_file with start {end}.]" if end < len(text) else "\n[The end of the file.]"
        return ToolOutput(f"[{where}]\n{with_places(text, marks, first, end)}{more}")


@dataclass(frozen=True, slots=True)
class SearchFile:
    """`search_file`: the passages that fit some words best."""

    shelf: Shelf

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "search_file",
            "Find the passages of a file that fit some words best. Without a file, all of them are searched. " + _CITE,
            {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "The words to look for, in the language of the file."},
                    "file": _FILE,
                },
                "required": ["query"],
            },
        )

    async def call(self, context: ToolContext, arguments: Mapping[str, object]) -> ToolOutput:
        query = arguments.get("query")
        if not isinstance(query, str) or not query.strip():
            raise ToolRefused("Say what to look for, as `query`.")
        wanted = [_find(self.shelf, arguments)] if arguments.get("file") not in (None, "") else self.shelf.files
        found: list[tuple[float, str]] = []
        for file in wanted:
            reading = await self.shelf.text(file.key)
            if reading is not None:
                found += await asyncio.to_thread(_search, file, reading, query)
        if not found:
            return ToolOutput("Nothing was found. Try other words, or read the file.")
        best = sorted(found, key=lambda hit: -hit[0])[:MOST_HITS]
        return ToolOutput(_fitting([shown for _, shown in best], context.most_characters))


def _search(file: Listed, reading: Reading, query: str) -> list[tuple[float, str]]:
    hits = rank(reading.text, cut_passages(reading.text, reading.marks), query)[:MOST_HITS]
    return [(hit.score, shown_passage(file.filename, reading, hit.passage)) for hit in hits]


def _fitting(shown: Sequence[str], most_characters: int) -> str:
    """As many whole passages as there is room for, one at least."""
    taken = [shown[0]]
    room = most_characters - len(shown[0])
    for passage in shown[1:]:
        room -= len(passage) + 2
        if room < 0:
            break
        taken.append(passage)
    return "\n\n".join(taken)


def shown_passage(filename: str, reading: Reading, passage: Passage) -> str:
    """A passage under a line that says where it is from."""
    place = place_of(reading.marks, passage.start)
    head = ", ".join(filter(None, (filename, place, f"from character {passage.start}")))
    return f"[{head}]\n{reading.text[passage.start : passage.end].strip()}"


def _described(file: Listed) -> str:
    pages = f", {file.pages} page{'s' if file.pages > 1 else ''}" if file.pages else ""
    return f"{file.filename} ({file.mime_type}{pages}, {file.characters} characters)"


def _find(shelf: Shelf, arguments: Mapping[str, object]) -> Listed:
    """The file that is meant, by its number or its name. Raises `ToolRefused`."""
    wanted = str(arguments.get("file", "")).strip()
    for number, file in enumerate(shelf.files, 1):
        if wanted in (str(number), file.filename, file.key):
            return file
    named = [file for file in shelf.files if wanted and wanted.lower() in file.filename.lower()]
    if len(named) == 1:
        return named[0]
    raise ToolRefused("There is no such file. Call list_files to see what there is.")


async def _open(shelf: Shelf, file: Listed) -> Reading:
    reading = await shelf.text(file.key)
    if reading is None or not reading.text:
        raise ToolRefused("This file is gone.")
    return reading


def _range(arguments: Mapping[str, object], file: Listed, reading: Reading) -> tuple[int, int]:
    """The characters that are asked for. Raises `ToolRefused`."""
    size = len(reading.text)
    page = _whole_number(arguments, "page")
    if page is not None:
        first, last = _page(reading, page, file)
        start = _whole_number(arguments, "start")
        return (start, last) if start is not None and first <= start < last else (first, last)
    start = _whole_number(arguments, "start") or 0
    if not 0 <= start < size:
        raise ToolRefused(f"{file.filename} has {size} characters: start must be less than that.")
    length = _whole_number(arguments, "length") or _USUAL_LENGTH
    return start, min(size, start + max(1, length))


def _page(reading: Reading, number: int, file: Listed) -> tuple[int, int]:
    marks = [mark for mark in reading.marks if mark.kind != "section"]
    index = next((place for place, mark in enumerate(marks) if mark.number == number), None)
    if index is None:
        numbers = f"from {marks[0].number} to {marks[-1].number}" if marks else "none that are numbered"
        raise ToolRefused(f"{file.filename} has no page {number}. Its pages: {numbers}.")
    first = marks[index].start
    last = next((mark.start for mark in marks[index + 1 :] if mark.number != number), len(reading.text))
    if first == last:
        raise ToolRefused(f"There is no text on page {number} of {file.filename}.")
    return first, last


def _whole_number(arguments: Mapping[str, object], name: str) -> int | None:
    """Models write numbers as text now and then. Raises `ToolRefused`."""
    value = arguments.get(name)
    if value is None or value == "":
        return None
    try:
        return int(str(value).removesuffix(".0"))
    except ValueError as error:
        raise ToolRefused(f"`{name}` must be a whole number.") from error
