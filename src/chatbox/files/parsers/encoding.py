"""Finds out in which encoding a text was written when nothing says so.

Statistics over a few dozen bytes are weak: many encodings give any bytes some meaning. What the wrong ones give are
characters that nobody uses, so each encoding in turn is asked whether its text looks like its language.
"""

import codecs
import re
from collections.abc import Callable

from charset_normalizer import from_bytes

_LOOKED_AT = 256 << 10
_FALLBACK = "cp1252"
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# All but the control characters that no text has. ESC is in old Japanese mail and in logs with colours.
_IN_TEXT = bytes({*range(0x20, 0x7F), *range(0x80, 0x100), *b"\t\n\r\f\b\x1b"})
_CONTROL = re.compile("[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffe\uffff]")
# So many letters of Korean are needed to rule out Chinese, which uses the same bytes and more.
_FEWEST_HANGUL = 8
_OFTEN_IN_RUSSIAN = frozenset("оеаинтсрвлкмдпуяыь")
_OFTEN_IN_WESTERN_EUROPE = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÄÅÆÇÈÉÊÍÓÔÖØÚÜŒ¡¿«»“”„‘’–—…•€£§°©®\xa0")
_WINDOWS = ["cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"]


def decode(content: bytes, hint: str | None = None) -> str:
    """The text of these bytes: by its byte order mark, as UTF-8, in the encoding the file names (`hint`), by look."""
    for mark, encoding in _MARKS_OF_ORDER:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    if guessed := _utf16_by_zeros(content):
        return content.decode(guessed, "replace")
    if b"\x1b$" in content and (text := _decoded(content, "iso2022_jp")):
        return text
    for encoding in ("utf-8", *([hint] if hint else [])):
        if text := _decoded(content, encoding):
            return text
    return content.decode(_by_look(content[:_LOOKED_AT]), "replace")


def is_text(head: bytes) -> bool:
    """Whether a file that begins with these bytes holds text in some encoding."""
    if any(head.startswith(mark) for mark, _ in _MARKS_OF_ORDER) or _utf16_by_zeros(head):
        return True
    return not head.translate(None, _IN_TEXT)


def _decoded(content: bytes, encoding: str) -> str:
    """The text, whose last character the end of the bytes may cut off; empty if this is not its encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content)
    except (UnicodeDecodeError, LookupError, ValueError, TypeError):
        return ""


def _utf16_by_zeros(content: bytes) -> str:
    """UTF-16 without a mark, told by its zeros: in mostly Latin text every other byte is one."""
    head = content[: _LOOKED_AT & ~1]
    half = len(head) // 2
    if not half:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.05:
        guessed = "utf-16-le"
    elif even > half * 0.4 and odd < half * 0.05:
        guessed = "utf-16-be"
    else:
        return ""
    return "" if _CONTROL.search(_decoded(head, guessed) or "\0") else guessed


def _by_look(content: bytes) -> str:
    for encoding, looks_right in _LOOKS.items():
        text = _decoded(content, encoding)
        foreign = [sign for sign in text if ord(sign) > 0x7F]
        if foreign and looks_right(foreign):
            return encoding
    best = from_bytes(content, cp_isolation=_WINDOWS).best()
    return best.encoding if best is not None else _FALLBACK


def _is_japanese(signs: list[str]) -> bool:
    kana = sum("\u3040" <= sign <= "\u30ff" for sign in signs)
    known = sum("\u3000" <= sign <= "\u9fff" or "\uff01" <= sign <= "\uff5e" for sign in signs)
    return kana > 0.2 * len(signs) and known > 0.95 * len(signs)


def _is_korean(signs: list[str]) -> bool:
    hangul = sum("\uac00" <= sign <= "\ud7a3" for sign in signs)
    return hangul >= _FEWEST_HANGUL and hangul > 0.95 * len(signs)


def _is_simplified_chinese(signs: list[str]) -> bool:
    return _share_in_rows(signs, "gb2312", 0xB0, 0xD7, {0xA1, 0xA3}) > 0.9


def _is_traditional_chinese(signs: list[str]) -> bool:
    return _share_in_rows(signs, "big5", 0xA4, 0xC6, {0xA1}) > 0.9


def _share_in_rows(signs: list[str], charset: str, first: int, last: int, beside: set[int]) -> float:
    """How many of the characters are in the rows in which a charset has those in common use, or its punctuation."""
    rows = [sign.encode(charset, "replace")[0] for sign in signs]
    return sum(first <= row <= last or row in beside for row in rows) / len(rows)


def _is_russian(signs: list[str]) -> bool:
    return sum(sign in _OFTEN_IN_RUSSIAN for sign in signs) > 0.7 * len(signs)


def _is_western_european(signs: list[str]) -> bool:
    return sum(sign in _OFTEN_IN_WESTERN_EUROPE for sign in signs) > 0.95 * len(signs)


# The stricter before the more lenient.
_LOOKS: dict[str, Callable[[list[str]], bool]] = {
    "euc_jp": _is_japanese,
    "cp932": _is_japanese,
    "cp949": _is_korean,
    "gb18030": _is_simplified_chinese,
    "big5": _is_traditional_chinese,
    "cp1251": _is_russian,
    "koi8-r": _is_russian,
    "cp866": _is_russian,
    "cp1252": _is_western_european,
}
