"""Draws pictures of text to be read again, and finds the font for Chinese."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

_FONT_FOLDERS = ("/usr/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
_CHINESE_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "wqy-*.ttc", "PingFang.ttc", "msyh.ttc")


def draw_lines(lines: Sequence[str], *, size: int = 28, width: int = 560) -> Image.Image:
    """Black on white, one line under the other."""
    picture = Image.new("RGB", (width, 80 + len(lines) * size * 2), "white")
    pen = ImageDraw.Draw(picture)
    font = font_for("".join(lines), size)
    for number, line in enumerate(lines):
        pen.text((40, 40 + number * size * 2), line, fill="black", font=font)
    return picture


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if text.isascii():
        return ImageFont.load_default(size)
    path = _chinese_font()
    if path is None:
        pytest.skip("this machine has no font for Chinese (Debian: fonts-noto-cjk)")
    return ImageFont.truetype(path, size)


@cache
def _chinese_font() -> Path | None:
    found = (path for folder in _FONT_FOLDERS for name in _CHINESE_FONTS for path in Path(folder).rglob(name))
    return next(found, None)
