"""Mends what PDF readers give: a page's lines as they were drawn, with the signs of typesetting in them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Some programs write Chinese with the signs of its radicals, and Latin with ligatures; nobody would find either. All
# of NFKC would also turn the full-width comma into another one, and of the simplified radicals it knows nothing.
_PLAIN_SIGNS: dict[int, str] = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2E80, 0x2FE0), *range(0xFB00, 0xFB07))
}
_PLAIN_SIGNS |= {
    ord(radical): sign
    for radical, sign in zip(
        "⼾⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "户民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
}
_PLAIN_SIGNS |= {0xA0: " ", 0x2028: "\n", 0x2029: "\n"}
# PDFium's sign for a hyphen that only parted a word at the end of a line, and the soft hyphen.
_PARTED = re.compile("[\ufffe\u00ad]\n?")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# What a line of Chinese that goes on ends and begins with. A full stop at the end may be that of a paragraph.
_GOES_ON = re.compile(rf"[{_IDEOGRAPHS}\uff0c\u3001\u300a\uff08\u201c]$")
_IS_GONE_ON = re.compile(rf"[{_IDEOGRAPHS}\u300a\uff08\u201c]")
_BEGINS_ANEW = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}|（[一二三四五六七八九十]{1,3}）|第.{1,4}[章节節条條部篇])[、.．\s]?"
)
_BULLET = re.compile("[\u2022\u2023\u25e6\u25aa\u25cf\u25cb\u25a0\u25a1\u2219\u00b7\uf0b7\uf0a7][ \t]*")
_NUMBERING = re.compile(r"(?:\d+(?:\.\d+)*\.?|[IVXLC]+\.)?")
_SPACES = re.compile(r"[ \t]+")
_ENDS_SENTENCE = (".", "!", "?", ":", "。", "！", "？", "：", "”", "\u201d")
# A line narrower than this share of a full one ended before the margin did.
_SHORT = 0.8
# A line of Chinese at least this wide goes on below, if its last character lets it.
_FULL = 0.65
_FEWEST_TO_JOIN = 16
_FEWEST_TO_LEAVE_OUT = 12
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]")
_LONGEST_HEADING_LINE = 300


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that the outline of a document promises on a page, `level` 1 outermost."""

    level: int
    title: str


# One line or paragraph of a page and, if it is a heading, its level.
Piece = tuple[str, int | None]
EMPTY: Final[tuple[Heading, ...]] = ()


def tidy(text: str) -> list[str]:
    """The lines of a page: words whole again, Chinese sentences on one line, bullets as `- `, no blank lines."""
    whole = _PARTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_PLAIN_SIGNS)
    lines = [_SPACES.sub(" ", line).strip() for line in whole.split("\n")]
    return _join_chinese(_mend_bullets([line for line in lines if line]))


def paragraphs(lines: Sequence[str]) -> str:
    """The lines with a blank one wherever a sentence or an item of a list ended before the margin did."""
    margin = _margin(lines)
    written: list[str] = []
    for line in lines:
        is_item = line.startswith("- ")
        if written and written[-1].startswith("- ") and not is_item and _width(written[-1]) < _SHORT * margin:
            written.append("")
        written.append(line)
        if not is_item and line.endswith(_ENDS_SENTENCE) and _width(line) < _SHORT * margin:
            written.append("")
    return "\n".join(written).strip("\n")


def place_headings(lines: Sequence[str], headings: Sequence[Heading]) -> list[Piece]:
    """The lines of a page with its headings where their words stand, or at the beginning where they do not."""
    wanted = {_squeezed(heading.title): heading for heading in headings}
    found: list[Piece] = []
    for line in lines:
        heading = wanted.pop(_squeezed(_NUMBERING.sub("", line, count=1)), None) if _may_be_heading(line) else None
        heading = heading or (wanted.pop(_squeezed(line), None) if wanted else None)
        found.append((line, heading.level if heading else None))
    absent: list[Piece] = [(heading.title, heading.level) for heading in headings if _squeezed(heading.title) in wanted]
    return absent + found


def _may_be_heading(line: str) -> bool:
    return len(line) <= _LONGEST_HEADING_LINE


def _squeezed(words: str) -> str:
    return "".join(words.translate(_PLAIN_SIGNS).split()).casefold()


def _mend_bullets(lines: Sequence[str]) -> list[str]:
    """Bullets of all shapes as `- `, with their words even if those were drawn as a line of their own."""
    mended: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line)
        words = line[bullet.end() :] if bullet else line
        if mended and mended[-1] == "-":
            mended[-1] = f"- {words}"
        else:
            mended.append(f"- {words}".rstrip() if bullet else line)
    return [line for line in mended if line != "-"]


def _join_chinese(lines: Sequence[str]) -> list[str]:
    """Lines of Chinese that break where the margin is, not where a sentence or a heading ends, as one."""
    margin = _margin(lines)
    joined: list[str] = []
    last = 0  # the width of the line before, which may be part of a longer one by now
    for line in lines:
        is_full = last >= max(_FEWEST_TO_JOIN, _FULL * margin)
        if is_full and _GOES_ON.search(joined[-1]) and _IS_GONE_ON.match(line) and not _BEGINS_ANEW.match(line):
            joined[-1] += line
        else:
            joined.append(line)
        last = _width(line)
    return joined


def _margin(lines: Sequence[str]) -> int:
    """How wide a full line is. The widest few of many are no measure: they may be two that were one word apart."""
    widths = sorted(map(_width, lines))
    if len(widths) < _FEWEST_TO_LEAVE_OUT:
        return max(widths, default=0)
    return widths[len(widths) * 5 // 6]


def _width(line: str) -> int:
    """How wide the line is drawn, in Latin letters: a Chinese character takes two."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))
