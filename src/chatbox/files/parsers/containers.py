"""Looks into zip and OLE2 files to tell the office formats apart, which all begin with the same bytes."""

import mmap
import re
from pathlib import Path

from chatbox.files.parsers.archive import Archive, open_archive
from chatbox.files.parsers.document import FileDamaged, KindName
from chatbox.files.parsers.languages import extension_of

_LONGEST_LIST = 1 << 20
_MIME_MEMBER = "mimetype"
_TYPES_MEMBER = "[Content_Types].xml"
# ODF 1.3 part 2 §3.3 and EPUB OCF 3.3 §4.3: the first member, not compressed, says what it is.
_OPEN_TYPES: dict[bytes, KindName] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
# ECMA-376 part 2 §10: the type of the main part, with variants for templates and macros.
_MAIN_PART = re.compile(
    rb"(?P<word>wordprocessingml|ms-word)[\w.-]*\.main\+xml|(?P<excel>spreadsheetml|ms-excel)\.[\w.-]*main\b"
    rb"|(?P<point>presentationml|ms-powerpoint)\.[\w.-]*\.main\+xml",
    re.IGNORECASE,
)
_OFFICE: dict[str, KindName] = {"word": "docx", "excel": "xlsx", "point": "pptx"}
_FOLDERS: dict[bytes, KindName] = {b"word/": "docx", b"xl/": "xlsx", b"ppt/": "pptx"}
_EXTENSIONS: dict[str, KindName] = {
    **dict.fromkeys(("docx", "docm", "dotx", "dotm"), "docx"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx", "xltm", "xlsb"), "xlsx"),
    **dict.fromkeys(("pptx", "pptm", "potx", "ppsx", "ppsm"), "pptx"),
    **dict.fromkeys(("doc", "dot"), "doc"),
    **dict.fromkeys(("xls", "xlt"), "xls"),
    **dict.fromkeys(("ppt", "pps", "pot"), "ppt"),
}
# MS-CFB §2.6: a directory entry is 128 bytes and begins with its name in UTF-16.
_ENTRY_BYTES = 128
_STREAMS: tuple[tuple[str, KindName], ...] = (
    ("EncryptedPackage", "encrypted_office"),  # MS-OFFCRYPTO §2.3.4: a whole OOXML file, encrypted
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)


def kind_of_archive(source: bytes | Path, filename: str) -> KindName:
    """The kind of a zip file, by its directory if it is given whole, else guessed by its first bytes and its name."""
    if isinstance(source, bytes):
        return _guess_archive(source, filename)
    with open_archive(source) as archive:
        return _look_into(archive)


def kind_of_compound(source: bytes | Path, filename: str) -> KindName:
    """The kind of an OLE2 file by the names of its streams; of its first bytes only, and else by its own name."""
    if isinstance(source, bytes):
        found = [kind for name, kind in _STREAMS if _has_stream(source, name)]
    else:
        with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = [kind for name, kind in _STREAMS if _has_stream(content, name)]
    named = _EXTENSIONS.get(extension_of(filename))
    # A text with a table inside has streams of both: then the name decides.
    if named in {"doc", "xls", "ppt"} and (named in found or (not found and isinstance(source, bytes))):
        return named if "encrypted_office" not in found else "encrypted_office"
    return found[0] if found else "binary"


def _look_into(archive: Archive) -> KindName:
    if _MIME_MEMBER in archive:
        return _open_type(archive.read(_MIME_MEMBER, limit=_LONGEST_LIST)) or "archive"
    if _TYPES_MEMBER not in archive:
        return "archive"
    found = _MAIN_PART.search(archive.read(_TYPES_MEMBER, limit=_LONGEST_LIST))
    if found is None:
        return "archive"
    kind = _OFFICE[found.lastgroup or ""]
    if not any(name.encode().startswith(folder) for name in archive.names() for folder in _FOLDERS):
        raise FileDamaged
    return kind


def _guess_archive(head: bytes, filename: str) -> KindName:
    # A local header is 30 bytes and the name; the `mimetype` member comes first and is not compressed.
    name, content = head[30:38], head[38 : 38 + 80]
    if name == _MIME_MEMBER.encode() and (kind := _open_type(content.partition(b"PK")[0])):
        return kind
    for folder, kind in _FOLDERS.items():
        if b"\x00" + folder in head or head.startswith(folder, 30):
            return kind
    named = _EXTENSIONS.get(extension_of(filename))
    if _TYPES_MEMBER.encode() in head and named in {"docx", "xlsx", "pptx"}:
        return named
    return "archive"


def _open_type(mime_type: bytes) -> KindName | None:
    exact = mime_type.strip().removesuffix(b"-template")
    return _OPEN_TYPES.get(exact)


def _has_stream(content: bytes | mmap.mmap, name: str) -> bool:
    # With its ending zero, so that a stream whose name only begins so does not count.
    wanted = (name + "\0").encode("utf-16-le")
    at = content.find(wanted)
    while at > 0:
        if at % _ENTRY_BYTES == 0:
            return True
        at = content.find(wanted, at + 1)
    return False
