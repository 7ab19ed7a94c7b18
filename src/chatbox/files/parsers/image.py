"""Reads pictures: a small upright copy for models and pages to look at, and the text in them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from chatbox.files.parsers.document import FileDamaged, FileTooComplex, OcrMissing, PartialMeta, Progress, Writer
from chatbox.files.parsers.job import VIEW_FILES, OcrOptions
from chatbox.files.parsers.ocr import LONGEST_SIDE, PictureReader

# No model looks at more: they make larger pictures smaller themselves.
LONGEST_VIEW_SIDE: Final = 1568
# 100 million pixels are a poster scanned well, and 400 MB while it is open.
MOST_PIXELS: Final = 100_000_000
MOST_FRAMES_READ: Final = 50
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_JPEG_QUALITY = 88
_LOSSLESS_UP_TO = 1 << 20
_PNG, _JPEG = VIEW_FILES


def parse_image(path: Path, out: Writer, progress: Progress, *, ocr: OcrOptions, folder: Path | None = None) -> None:
    """The text in a picture, and in `folder` its view: upright, small, its first frame only, without metadata.

    Each page of a TIFF is read; of an animation the first frame.
    """
    pictures = PictureReader(ocr)
    with _opened(path) as picture:
        pages = picture.n_frames if picture.format == "TIFF" and hasattr(picture, "n_frames") else 1
        out.known = PartialMeta(pages=pages if pages > 1 else None)
        if picture.format != "TIFF" and getattr(picture, "is_animated", False):
            out.note("first_frame_only")
        for number in range(1, min(pages, MOST_FRAMES_READ) + 1):
            upright = _load(picture, number - 1)
            if number == 1 and folder is not None:
                save_view(upright, folder)
            _read(upright, number if pages > 1 else None, out, pictures)
            progress(number, pages)
    if pages > MOST_FRAMES_READ:
        out.note("pages_without_text")


def save_view(picture: Image.Image, folder: Path) -> None:
    """Leave a copy of at most `LONGEST_VIEW_SIDE` pixels a side in `folder`: PNG if that is small, else JPEG."""
    view = _without_palette(picture)
    view.thumbnail((LONGEST_VIEW_SIDE, LONGEST_VIEW_SIDE), reducing_gap=3.0)
    view.info.clear()  # else Pillow would carry comments and profiles over
    lossless = folder / _PNG
    view.save(lossless, "PNG")
    if lossless.stat().st_size > _LOSSLESS_UP_TO:
        lossless.unlink()
        on_white(view).save(folder / _JPEG, "JPEG", quality=_JPEG_QUALITY)


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, its transparent places white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    full = picture.convert("RGBA")
    white = Image.new("RGBA", full.size, "white")
    white.alpha_composite(full)
    return white.convert("RGB")


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    # Pillow's own limit only warns at first; ours is checked before anything is decoded.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, which is dropped anyway
        try:
            with Image.open(path, formats=_FORMATS) as picture:
                yield picture
        except (Image.DecompressionBombError, MemoryError) as error:
            raise FileTooComplex from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError) as error:
            raise FileDamaged from error


def _load(picture: Image.Image, frame: int) -> Image.Image:
    picture.seek(frame)
    if picture.width * picture.height > MOST_PIXELS:
        raise FileTooComplex
    if picture.format == "JPEG":
        # Decodes a large photograph at a fraction of its size, in a fraction of the time.
        picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    picture.load()
    return ImageOps.exif_transpose(picture)


def _without_palette(picture: Image.Image) -> Image.Image:
    if picture.mode in {"L", "RGB"} and not picture.has_transparency_data:
        return picture.copy()
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _read(picture: Image.Image, page: int | None, out: Writer, pictures: PictureReader) -> None:
    if page is not None:
        out.mark("page", page)
    if pictures.is_spent:
        out.note("pages_without_text")
        return
    try:
        out.paragraph(pictures.read(on_white(picture)))
    except OcrMissing:
        out.note("picture_not_read")
