"""Reads text out of pictures, with the models that ship in a package or with an installed Tesseract."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, Protocol

from PIL import Image, ImageChops

from chatbox.files.parsers.document import FileTooComplex, OcrMissing
from chatbox.files.parsers.job import OcrChoice, OcrOptions

# The models look at no more than this; larger pictures would only cost time.
LONGEST_SIDE: Final = 2000
_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_TESSERACT = "tesseract"
_TESSERACT_SECONDS = 60.0
# In this order, of those that are installed; with none of them Tesseract's own default.
_LANGUAGES = ("chi_sim", "chi_tra", "eng")
_LONG = 1.25  # a picture taller than this many full pieces is cut
_NEW_PARAGRAPH = 1.0  # a gap between two lines of more than this many heights of a line


class Ocr(Protocol):
    """Finds the text in a picture (RGB, at most `LONGEST_SIDE`), lines parted by `\\n`, paragraphs by a blank line."""

    def read(self, picture: Image.Image) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text and where it stands, in pixels."""

    text: str
    left: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(slots=True)
class PictureReader:
    """Reads pictures by the chosen means until the pages or the seconds it was given are used up."""

    options: OcrOptions
    _pages: int = 0
    _began: float = field(default_factory=time.monotonic)
    _ocr: Ocr | None = None

    @property
    def is_spent(self) -> bool:
        return self._pages >= self.options.most_pages or time.monotonic() - self._began > self.options.most_seconds

    def read(self, picture: Image.Image) -> str:
        """The text in the picture, empty if there is none. Raises `OcrMissing`.

        A long screenshot is read piece by piece, each of which counts as a page: as a whole it would be made so small
        that nobody could read it.
        """
        if self._ocr is None:
            self._ocr = open_ocr(self.options.choice)
        found: list[str] = []
        for piece in cut_long(picture.convert("RGB")):
            if found and self.is_spent:
                break
            self._pages += 1
            piece.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            found.append(self._ocr.read(piece))
        return "\n".join(text for text in found if text)


def open_ocr(choice: OcrChoice) -> Ocr:
    """The chosen means of reading pictures, ready. Raises `OcrMissing` if it is not installed."""
    match choice:
        case "rapidocr":
            return RapidOcr()
        case "tesseract":
            return Tesseract()
        case "off":
            raise OcrMissing


class RapidOcr:
    """PP-OCRv6 for Chinese and English, whose models are in the wheel of `rapidocr`: nothing is ever fetched."""

    def __init__(self) -> None:
        # Set before the libraries are loaded, which read it then; threads would take from what the server needs.
        os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OPENCV_FOR_THREADS_NUM="1")
        if rapidocr_lacks():
            raise OcrMissing  # told where its models are, it does not look for others on the network
        import numpy as np  # noqa: PLC0415 - optional and heavy: the extra `ocr`
        import rapidocr  # noqa: PLC0415 - the same
        from rapidocr.utils.output import RapidOCROutput  # noqa: PLC0415 - the same

        self._as_array, self._found = np.asarray, RapidOCROutput
        self._engine = rapidocr.RapidOCR(
            params={
                **{option: str(path) for option, path in _model_files().items()},
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, picture: Image.Image) -> str:
        blue_first = self._as_array(picture)[:, :, ::-1].copy()
        found = self._engine(blue_first)
        if not isinstance(found, self._found) or found.txts is None or found.boxes is None:
            return ""
        return join_lines(
            [
                Line(text, min(x for x, _ in box), min(y for _, y in box), max(y for _, y in box))
                for text, box in zip(found.txts, found.boxes.tolist(), strict=True)
            ]
        )


def rapidocr_lacks() -> Literal["packages", "models"] | None:
    """What of it is not installed here, found without loading it."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        return "packages"
    return None if all(path.is_file() for path in _model_files().values()) else "models"


def _model_files() -> dict[str, Path]:
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.origin is not None
    return {option: Path(spec.origin).parent / "models" / name for option, name in _MODELS.items()}


class Tesseract:
    """The program `tesseract`, where the administrator has installed it."""

    def __init__(self) -> None:
        program = shutil.which(_TESSERACT)
        if program is None:
            raise OcrMissing
        self._program = program
        known = set(self._run(["--list-langs"]).split())
        self.languages = [language for language in _LANGUAGES if language in known]

    def read(self, picture: Image.Image) -> str:
        content = BytesIO()
        picture.save(content, "PPM")
        chosen = ["-l", "+".join(self.languages)] if self.languages else []
        return self._run(["stdin", "stdout", *chosen], content.getvalue()).strip()

    def _run(self, arguments: Sequence[str], given: bytes = b"") -> str:
        try:
            ended = subprocess.run(  # noqa: S603 - the program that `PATH` names, with arguments of ours
                [self._program, *arguments], input=given, capture_output=True, timeout=_TESSERACT_SECONDS, check=True
            )
        except subprocess.TimeoutExpired as error:
            raise FileTooComplex from error
        except (subprocess.CalledProcessError, OSError) as error:
            raise OcrMissing from error
        return ended.stdout.decode("utf-8", "replace")


def cut_long(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture, or the pieces of one that is much taller than wide, cut where it is emptiest: between its lines."""
    tallest = max(picture.width, LONGEST_SIDE)
    if picture.height <= tallest * _LONG:
        yield picture.copy()
        return
    # How much each row changes from left to right, as a picture one pixel wide.
    changes = ImageChops.difference(picture, ImageChops.offset(picture, 1, 0)).convert("L")
    rows = changes.resize((1, picture.height), Image.Resampling.BOX).tobytes()
    top = 0
    while top < picture.height:
        bottom = min(top + tallest, picture.height)
        if bottom < picture.height:
            bottom = min(range(bottom - tallest // 4, bottom), key=lambda row: (rows[row], -row)) + 1
        yield picture.crop((0, top, picture.width, bottom))
        top = bottom


def join_lines(pieces: Sequence[Line]) -> str:
    """The pieces in reading order: those beside each other on one line, a wide gap as the end of a paragraph."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.top):
        middle = (piece.top + piece.bottom) / 2
        if rows and any(beside.top < middle < beside.bottom for beside in rows[-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    written = ""
    for above, row in zip([None, *rows], rows, strict=False):
        written += _gap(above, row) + "  ".join(piece.text for piece in sorted(row, key=lambda piece: piece.left))
    return written


def _gap(above: Sequence[Line] | None, row: Sequence[Line]) -> str:
    if above is None:
        return ""
    free = min(piece.top for piece in row) - max(piece.bottom for piece in above)
    height = max(piece.height for piece in (*above, *row))
    return "\n\n" if free > _NEW_PARAGRAPH * height else "\n"
