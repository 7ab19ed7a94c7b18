"""The files in the screenshots: a plan, a list of prices and a leaflet, made here, so that they are nobody else's."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw
from tests.files.parsers.pdfs import pages_of

_SIDE: Final = 640
_POT: Final = 92
_POTS: Final = ((150, 150, "#8e6bb0"), (490, 150, "#5f9e6e"), (150, 490, "#6f7fd0"), (490, 490, "#d08a4e"))

_PRICES: Final = """\
plant,pot,price each,pieces
"Crocus, grape hyacinth",1,0.60,20
"Chives, thyme",2,3.50,4
Lavender,3,6.90,2
"Stonecrop, aster",4,5.20,3
"""

_LEAFLET: Final = [
    ["Soil for pots", "Sand and compost, one to three.", "A layer of gravel at the bottom keeps the roots dry."],
    ["Water", "A little every morning, and none that stays in the saucer."],
]


@dataclass(frozen=True)
class Sample:
    """A file that goes with a question."""

    name: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        return self.name.endswith(".png")


def _plan() -> bytes:
    """A balcony from above: boards, a rail in the south, four round pots."""
    picture = Image.new("RGB", (_SIDE, _SIDE), "#e9dcc5")
    pen = ImageDraw.Draw(picture)
    for top in range(0, _SIDE, 40):
        pen.line([(0, top), (_SIDE, top)], fill="#d8c7a8", width=3)
    pen.rectangle([0, _SIDE - 26, _SIDE, _SIDE], fill="#7d8a8c")
    pen.rectangle([0, 0, _SIDE, 18], fill="#b9b2a6")
    for x, y, colour in _POTS:
        pen.ellipse([x - _POT, y - _POT, x + _POT, y + _POT], fill="#b5663f", outline="#8d4b2c", width=6)
        pen.ellipse([x - 74, y - 74, x + 74, y + 74], fill="#4a3a2e")
        for step in range(9):
            left, top = x - 60 + (step % 3) * 44, y - 60 + (step // 3) * 44
            pen.ellipse([left, top, left + 34, top + 34], fill=colour)
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


PLAN: Final = Sample("balcony plan.png", _plan())
PRICES: Final = Sample("prices of the nursery.csv", _PRICES.encode())
LEAFLET: Final = Sample("soil and water.pdf", pages_of(_LEAFLET))
