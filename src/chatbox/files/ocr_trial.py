"""Tries whether text in pictures can be read here: by the means that was chosen, and in the way that files are read."""

import base64
import tempfile
from asyncio import to_thread
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chatbox.files.parsers import kinds, ocr
from chatbox.files.parsers.document import OcrMissing, ReadFailed
from chatbox.files.parsers.job import OcrChoice, OcrOptions
from chatbox.files.parsers.sandbox import ReadOptions, Sandbox

WORDS: Final = "Read me 2026"
# A picture (PNG, black and white) of these words.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAQQAAABAAQAAAADUzTRpAAABnElEQVR42u2UMW7bMBiFP9pEoiGoObpAY7A30AlaHqFH8Nix3dqlJrrEx/A5ig"
    "402gPoBpGMDNoiAR4kgBI7UHLgCk271xz+hZ/eEx8fKALPr3rG39aFuBD/Sjz8iSjktHqKwtaKVkWNbkJkR3a77EjZDC52gnTYio48usybCbCo"
    "WLCo+FGBBKT7nUjbjXqftjZJosuM2rQJBXQfN4qvgEQbJNvTabOs9OwMZN+asHn6LUV0AdfQY+fglO9xQG9eQRgT67n7fv0YFsBq7vybfJKpN0"
    "u9TEgdvD6u2APeAt6+1CChS8LuBfILgHmn4AM0N0BzVZZRQwQNYDQALUAdR+7Hs+xVd7qcICwcAA5cu5jpI3A8j+xnHMkqaiQWqnNiG4ca7lby"
    "ti/8uClCRVAQx5C6g6sziV7jHnotnjqWA7iYVAC8mYE3Jw1R4PFjHxNyGkvuGktVjRpl6Uuy+A3GUCOqbQ2fDgNRfda3WtQRkHu4F7bmXtjWjC"
    "00UkmsHnw1gFWAuRmIJl0mS9axasI6gPUaSFMQlzf5QvwnxC+za5f9TOKnoAAAAABJRU5ErkJggg=="
)
_MOST_SECONDS = 100.0

Lack = Literal["packages", "models", "program", "languages", "words"]


@dataclass(frozen=True, slots=True)
class OcrTrial:
    """What came of it. `lacks` says what is not there, `words` that something else was read than is in the picture;
    `languages` are those of Tesseract, by its own names."""

    lacks: Lack | None
    languages: tuple[str, ...] = ()
    code: str = ""


async def try_ocr(choice: OcrChoice) -> OcrTrial:
    """Look what is installed, and read a picture of our own."""
    lacks, languages = await to_thread(_look, choice)
    if lacks is not None:
        return OcrTrial(lacks, languages)
    try:
        text = await _read_picture(choice)
    except ReadFailed as failure:
        return OcrTrial("words", languages, failure.code)
    return OcrTrial(None if "".join(text.split()) == "".join(WORDS.split()) else "words", languages)


def _look(choice: OcrChoice) -> tuple[Lack | None, tuple[str, ...]]:
    if choice == "rapidocr":
        return ocr.rapidocr_lacks(), ()
    try:
        languages = tuple(ocr.Tesseract().languages)
    except OcrMissing:
        return "program", ()
    return None if languages else "languages", languages


async def _read_picture(choice: OcrChoice) -> str:
    with tempfile.TemporaryDirectory(prefix="chatbox-ocr-") as folder:
        path = Path(folder, "words.png")
        await to_thread(path.write_bytes, _PICTURE)
        options = ReadOptions(path.name, Path(folder), OcrOptions(choice), most_seconds=_MOST_SECONDS)
        kind = kinds.sniff(_PICTURE, path.name)
        return (await Sandbox(1).read(path, kind, options=options, on_progress=lambda _done, _of: None)).text
