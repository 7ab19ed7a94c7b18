"""Names of files as people give them, made harmless: nothing in them can leave a folder or deceive a reader."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

MOST_BYTES_OF_A_NAME = 200
_NAMELESS = "file"
_LONGEST_EXTENSION = 20
# Control and format characters (which turn the direction of text, or cannot be seen), and halves of surrogate pairs.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # letters of some scripts, and emoji, are put together with these
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)", re.IGNORECASE)
_KEY_EXTENSION = re.compile(r"[a-z0-9]{1,10}")


def safe_name(given: str) -> str:
    """`given` without folders, unseen characters and names of devices, at most `MOST_BYTES_OF_A_NAME` long in UTF-8.

    The extension stays when something must go. Never empty.
    """
    last = re.split(r"[/\\]", given)[-1]
    seen = "".join(sign for sign in last if sign in _JOINERS or unicodedata.category(sign) not in _UNSEEN)
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", seen)).strip().rstrip(". ")
    if not name.strip("."):
        return _NAMELESS
    if _DEVICE.match(name):
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES_OF_A_NAME:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > _LONGEST_EXTENSION:
        suffix = ""
    room = MOST_BYTES_OF_A_NAME - len(suffix.encode())
    return name.removesuffix(suffix).encode()[:room].decode(errors="ignore").rstrip() + suffix


def key_extension(filename: str) -> str:
    """What stands behind the last dot, if it is plain; else `bin`."""
    extension = PurePosixPath(filename).suffix[1:].lower()
    return extension if _KEY_EXTENSION.fullmatch(extension) else "bin"


def disposition(kind: str, filename: str) -> str:
    """A `Content-Disposition` (RFC 6266) of `inline` or `attachment`: an ASCII name, and the real one beside."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in filename)
    if plain == filename:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
