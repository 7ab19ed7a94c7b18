"""Decides from its bytes what a file is; its name only tells apart what looks alike, as the languages of code do.

A file that could be two things (a polyglot) is what its first bytes say, and of the two the one that does less.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbox.files.parsers.containers import kind_of_archive, kind_of_compound
from chatbox.files.parsers.document import KindName
from chatbox.files.parsers.encoding import is_text
from chatbox.files.parsers.languages import extension_of, language_of

# So much of the beginning decides; less is fine if the file is shorter.
HEAD_BYTES: Final = 64 << 10
_PDF_WITHIN = 1024
_UNREADABLE: Final = frozenset(
    {"doc", "ppt", "rtf", "encrypted_office", "archive", "audio", "video", "empty", "binary"}
)
_MIME_TYPES: dict[KindName, str] = {
    "text": "text/plain",
    "markdown": "text/markdown",
    "code": "text/plain",
    "csv": "text/csv",
    "html": "text/html",
    "eml": "message/rfc822",
    "notebook": "application/x-ipynb+json",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "doc": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
    "rtf": "application/rtf",
    "encrypted_office": "application/x-ole-storage",
    "archive": "application/zip",
    "empty": "application/x-empty",
}
_MIME_OF_CODE = {"css": "text/css", "javascript": "text/javascript", "json": "application/json", "xml": "text/xml"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is. `language` is set for source code; `mime_type` is found by content, never told by a client."""

    name: KindName
    mime_type: str
    language: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether it is a raster image, which a page may show as it is."""
        return self.name == "image"

    @property
    def is_readable(self) -> bool:
        """Whether there is a parser for it."""
        return self.name not in _UNREADABLE

    @property
    def is_container(self) -> bool:
        """Whether the beginning did not suffice, so that `look` may find it to be another kind."""
        return self.name in _CONTAINERS


_CONTAINERS: Final = frozenset(
    {"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "archive", "doc", "xls", "ppt", "encrypted_office"}
)
# What begins with these bytes at this offset.
_SIGNATURES: tuple[tuple[int, bytes, KindName, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image", "image/png"),
    (0, b"\xff\xd8\xff", "image", "image/jpeg"),
    (0, b"GIF87a", "image", "image/gif"),
    (0, b"GIF89a", "image", "image/gif"),
    (0, b"II*\x00", "image", "image/tiff"),
    (0, b"MM\x00*", "image", "image/tiff"),
    (0, b"{\\rtf", "rtf", "application/rtf"),
    (0, b"\x1f\x8b", "archive", "application/gzip"),
    (0, b"BZh", "archive", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "archive", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "archive", "application/vnd.rar"),
    (0, b"\x28\xb5\x2f\xfd", "archive", "application/zstd"),
    (257, b"ustar", "archive", "application/x-tar"),
    (0, b"ID3", "audio", "audio/mpeg"),
    (0, b"fLaC", "audio", "audio/flac"),
    (0, b"OggS", "audio", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "video", "video/webm"),
    (4, b"ftypavif", "binary", "image/avif"),
    (4, b"ftypheic", "binary", "image/heic"),
    (4, b"ftypM4A", "audio", "audio/mp4"),
    (4, b"ftyp", "video", "video/mp4"),
    (0, b"\x7fELF", "binary", "application/x-executable"),
    (0, b"SQLite format 3\x00", "binary", "application/vnd.sqlite3"),
    (0, b"\x00asm", "binary", "application/wasm"),
)
_RIFF: dict[bytes, Kind] = {
    b"WEBP": Kind("image", "image/webp"),
    b"WAVE": Kind("audio", "audio/wav"),
    b"AVI ": Kind("video", "video/x-msvideo"),
}
_BITMAP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 108, 124))
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What may stand before the first tag of a page or a drawing.
_BEFORE_TAGS = ((b"<!--", b"-->"), (b"<?", b"?>"))
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SVG_TAG = re.compile(rb"<(?:!doctype\s+svg|svg)\b", re.IGNORECASE)
_HEADER = re.compile(rb"(?:From [^\n]+\n)?(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_MAIL_FIELDS = re.compile(
    rb"^(?:From|To|Subject|Date|Received|Message-ID|MIME-Version|Return-Path|Content-Type):",
    re.IGNORECASE | re.MULTILINE,
)
_FEWEST_MAIL_FIELDS = 3
_MARKDOWN = frozenset({"md", "markdown", "mdown", "mkd", "mdx", "qmd"})


def sniff(head: bytes, filename: str) -> Kind:
    """What the file is whose first `HEAD_BYTES` these are. Zip and OLE files are a first guess: see `look`."""
    if not head:
        return of("empty")
    if head.startswith(_ZIP):
        return of(kind_of_archive(head, filename))
    if head.startswith(_COMPOUND):
        return of(kind_of_compound(head, filename))
    if signed := _signed(head):
        return signed
    if _is_pdf(head):
        return of("pdf")
    return _kind_of_text(head, filename) if is_text(head) else Kind("binary", "application/octet-stream")


def look(path: Path, filename: str) -> Kind:
    """What the file at `path` is; unlike `sniff` it opens containers, so it runs where hostile files may be opened.

    Raises `FileDamaged`, `FileEncrypted` or `FileTooComplex` for a container that cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(_ZIP):
        return of(kind_of_archive(path, filename))
    if head.startswith(_COMPOUND):
        return of(kind_of_compound(path, filename))
    return sniff(head, filename)


def of(name: KindName) -> Kind:
    """The kind of this name with the type that goes with it."""
    return Kind(name, _MIME_TYPES.get(name, "application/octet-stream"))


def _signed(head: bytes) -> Kind | None:
    for offset, signature, name, mime_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return Kind(name, mime_type)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    # Two letters are little: the size of the header that follows must be one that exists.
    if head.startswith(b"BM") and head[14:18] in _BITMAP_HEADERS:
        return Kind("image", "image/bmp")
    return None


def _is_pdf(head: bytes) -> bool:
    """Readers allow some bytes before the beginning of a PDF. Markup there is a polyglot, which is no PDF."""
    at = head.find(b"%PDF-", 0, _PDF_WITHIN)
    return at == 0 or (at > 0 and not head[:at].strip(b"\xef\xbb\xbf \t\r\n\x00").startswith((b"<", b"#!", b"MZ")))


def _kind_of_text(head: bytes, filename: str) -> Kind:
    extension = extension_of(filename)
    language = language_of(filename, head[:200].partition(b"\n")[0].decode("utf-8", "replace"))
    text = head.removeprefix(b"\xef\xbb\xbf")
    tag = _first_tag(text)
    if _SVG_TAG.match(tag):
        return Kind("code", "image/svg+xml", "xml")
    if extension == "ipynb" or (text.lstrip().startswith(b"{") and b'"cell_type"' in text and b'"cells"' in text):
        return of("notebook")
    if extension in {"html", "htm", "xhtml"} or (_HTML_TAG.match(tag) and language in {"", "xml"}):
        return of("html")
    if extension == "eml" or (not language and extension not in _MARKDOWN and _is_mail(text)):
        return of("eml")
    if extension in {"csv", "tsv"}:
        return of("csv")
    if extension in _MARKDOWN:
        return of("markdown")
    return Kind("code", _MIME_OF_CODE.get(language, "text/plain"), language) if language else of("text")


def _first_tag(text: bytes) -> bytes:
    """The text from its first tag on, without the comments and declarations before it."""
    rest = text.lstrip()
    while ends := [end for begin, end in _BEFORE_TAGS if rest.startswith(begin)]:
        rest = rest.partition(ends[0])[2].lstrip()
    return rest[:100]


def _is_mail(text: bytes) -> bool:
    header = _HEADER.match(text.replace(b"\r\n", b"\n"))
    if header is None:
        return False
    fields = {field.lower() for field in _MAIL_FIELDS.findall(header[0])}
    return len(fields) >= _FEWEST_MAIL_FIELDS
