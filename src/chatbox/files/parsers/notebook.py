"""Reads Jupyter notebooks (nbformat 3 and 4): Markdown, code and what the code printed; pictures are left out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chatbox.files.parsers.document import FileDamaged, FileTooComplex, PartialMeta, Progress, Writer
from chatbox.files.parsers.encoding import decode
from chatbox.files.parsers.markup import reading_bad_bytes

MOST_BYTES: Final = 64 << 20
LONGEST_OUTPUT: Final = 10_000
_HEADING = re.compile(r"#{1,3}[ \t]+(.+)")
_COLOURS = re.compile(r"\x1b\[[0-9;?]{0,30}[A-Za-z]")
_PICTURE = re.compile(r"\((?:data|attachment):[^()]*\)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}\Z")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def parse_notebook(path: Path, out: Writer, progress: Progress) -> None:
    """A notebook; each cell of Markdown that begins with a heading begins a section."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooComplex
    with reading_bad_bytes():
        notebook: Json = json.loads(decode(content))
        cells = list(_cells(notebook))
        language = _language(notebook)
        section = 0
        for done, cell in enumerate(cells, start=1):
            section += _write_cell(cell, language, section + 1, out)
            progress(done, len(cells))


def _cells(notebook: Json) -> Iterator[dict[str, Json]]:
    if not isinstance(notebook, dict):
        raise FileDamaged
    # Until version 4 cells were grouped in worksheets.
    groups = [notebook, *_dicts(notebook.get("worksheets"))]
    if not any(isinstance(group.get("cells"), list) for group in groups):
        raise FileDamaged
    for group in groups:
        yield from _dicts(group.get("cells"))


def _language(notebook: Json) -> str:
    metadata = _dict(_dict(notebook).get("metadata"))
    for holder, name in (("language_info", "name"), ("kernelspec", "language")):
        language = _dict(metadata.get(holder)).get(name)
        if isinstance(language, str) and _LANGUAGE.match(language):
            return language
    return "python"


def _write_cell(cell: dict[str, Json], language: str, section: int, out: Writer) -> bool:
    """Write a cell; whether it begins with a heading."""
    source = _text(cell.get("source", cell.get("input")))
    match cell.get("cell_type"):
        case "markdown" | "heading" as kind:
            level = cell.get("level")
            if kind == "heading":
                source = "#" * (level if isinstance(level, int) and 0 < level <= 6 else 1) + " " + source
            found = _HEADING.match(source.lstrip())
            title = found[1].strip(" \t#") if found else ""
            if title:
                # The first one is what the notebook is called.
                out.known = PartialMeta(title=out.known.title or title)
                out.mark("section", section, title)
            out.raw(_PICTURE.sub("()", source))
            return bool(title)
        case "code":
            out.code(source, language)
            _write_outputs(_dicts(cell.get("outputs")), out)
        case _:
            out.paragraph(source)
    return False


def _write_outputs(outputs: list[dict[str, Json]], out: Writer) -> None:
    texts = []
    for output in outputs:
        if output.get("output_type") in {"error", "pyerr"}:
            texts.append("\n".join(_strings(output.get("traceback"))) or _text(output.get("evalue")))
        else:
            texts.append(_text(output.get("text")) or _text(_dict(output.get("data")).get("text/plain")))
    text = _COLOURS.sub("", "\n".join(text.rstrip("\n") for text in texts if text))
    if len(text) > LONGEST_OUTPUT:
        out.note("output_cut")
        text = text[:LONGEST_OUTPUT] + "\n…"
    out.code(text, "text")


def _text(value: Json) -> str:
    """A text, which notebooks may hold as a list of lines."""
    return value if isinstance(value, str) else "".join(_strings(value))


def _strings(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
