"""Pictures: upright, small, clean of metadata, never larger than they may be."""

import struct
import zlib
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.files.parsers.apart import NO_OCR
from tests.files.parsers.reading import read, read_or_fail

from chatbox.files.parsers.document import FileDamaged, FileTooComplex
from chatbox.files.parsers.image import LONGEST_VIEW_SIDE, parse_image


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _view_of(picture_file: bytes, folder: Path) -> Image.Image:
    read(partial(parse_image, ocr=NO_OCR, folder=folder), picture_file, folder)
    (view,) = folder.glob("view.*")
    return Image.open(view)


def _saved(picture: Image.Image, form: str, folder: Path, **extra: object) -> bytes:
    path = folder / "source"
    picture.save(path, form, **extra)
    return path.read_bytes()


def test_the_view_is_upright_and_without_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "where I live"
    turned = Image.new("RGB", (40, 20), "red")
    with _view_of(_saved(turned, "JPEG", tmp_path, exif=exif, comment=b"secret"), tmp_path) as view:
        assert view.size == (20, 40)
        assert not view.getexif()
        assert not {"comment", "exif", "icc_profile"} & view.info.keys()


def test_the_view_is_no_larger_than_models_look_at(tmp_path: Path) -> None:
    with _view_of(_saved(Image.new("RGB", (3000, 1000)), "PNG", tmp_path), tmp_path) as view:
        assert max(view.size) == LONGEST_VIEW_SIDE


def test_a_view_that_is_heavy_without_loss_is_a_jpeg(tmp_path: Path) -> None:
    noise = Image.effect_noise((1200, 1200), 90).convert("RGB")
    with _view_of(_saved(noise, "PNG", tmp_path), tmp_path) as view:
        assert view.format == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_all_modes_give_a_view(tmp_path: Path, mode: str) -> None:
    with _view_of(_saved(Image.new(mode, (5, 5)), "TIFF", tmp_path), tmp_path) as view:
        assert view.size == (5, 5)


def test_of_an_animation_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    content = _saved(frames[0], "GIF", tmp_path, save_all=True, append_images=frames[1:])
    found = read(partial(parse_image, ocr=NO_OCR, folder=tmp_path), content, tmp_path)
    assert found.notes == ["first_frame_only", "picture_not_read"]
    with Image.open(tmp_path / "view.png") as view:
        assert view.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
        assert not getattr(view, "is_animated", False)


def test_the_pages_of_a_tiff_have_marks(tmp_path: Path) -> None:
    page = Image.new("L", (8, 8))
    content = _saved(page, "TIFF", tmp_path, save_all=True, append_images=[page, page])
    found = read(partial(parse_image, ocr=NO_OCR), content, tmp_path)
    assert ([mark.number for mark in found.marks], found.meta.pages) == ([1, 2, 3], 3)


@pytest.mark.parametrize("size", [(60_000, 60_000), (1, 200_000_001), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_never_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(FileTooComplex):
        read(partial(parse_image, ocr=NO_OCR), png_that_claims(*size), tmp_path)


def test_a_picture_that_ends_early_is_damaged(tmp_path: Path) -> None:
    whole = _saved(Image.effect_noise((200, 200), 50), "PNG", tmp_path)
    with pytest.raises(FileDamaged):
        read(partial(parse_image, ocr=NO_OCR), whole[:2000], tmp_path)


@settings(max_examples=50)
@given(st.binary(max_size=40), st.integers(0, 300))
def test_wrong_bytes_end_in_a_view_or_a_clear_failure(
    tmp_path_factory: pytest.TempPathFactory, wrong: bytes, place: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = _saved(Image.effect_noise((20, 20), 50), "GIF", folder)
    read_or_fail(partial(parse_image, ocr=NO_OCR), whole[:place] + wrong + whole[place + len(wrong) :], folder)
