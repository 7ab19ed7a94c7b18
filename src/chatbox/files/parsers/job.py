"""What the server hands to the process that reads a file, and where it finds what was read."""

from dataclasses import dataclass
from typing import Final, Literal

TEXT_FILE: Final = "text"
RESULT_FILE: Final = "result"
VIEW_FILES: Final = ("view.png", "view.jpg")
LONGEST_JOB: Final = 64 << 10

OcrChoice = Literal["rapidocr", "tesseract", "off"]


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """By which means pictures are read, and how many pages and seconds of it a file gets."""

    choice: OcrChoice = "rapidocr"
    most_pages: int = 50
    most_seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read. `folder` is the process's own; `parent` the process with which it dies."""

    path: str
    filename: str
    folder: str
    parent: int
    cpu_seconds: int
    ocr: OcrOptions
