"""Reads e-mail (RFC 5322): its headers, its text, and which files hang on it."""

from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from chatbox.files.parsers.document import FileDamaged, FileTooComplex, PartialMeta, Progress, Writer, one_line
from chatbox.files.parsers.encoding import decode
from chatbox.files.parsers.html import decode_html, html_tree, write_html
from chatbox.files.parsers.markup import reading_bad_bytes

MOST_BYTES: Final = 64 << 20
MOST_ATTACHMENTS: Final = 200
_LONGEST_HEADER = 2_000
_HEADERS = ("From", "To", "Cc", "Date")
_KILO = 1024


def parse_eml(path: Path, out: Writer, progress: Progress) -> None:
    """One message; what hangs on it is listed, not read."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooComplex
    with reading_bad_bytes():
        message = _parse(content)
        subject = _header(message, "Subject")
        out.known = PartialMeta(title=subject or None, author=_header(message, "From") or None)
        out.heading(1, subject)
        out.paragraph("\n".join(f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))))
        _write_body(message, out)
        _write_attachments(message, out)
        progress(1, 1)


def _parse(content: bytes) -> EmailMessage:
    try:
        return BytesParser(policy=policy.default).parsebytes(content)
    except MessageError as error:
        raise FileDamaged from error


def _header(message: EmailMessage, name: str) -> str:
    return one_line(str(message.get(name, "")))[:_LONGEST_HEADER]


def _write_body(message: EmailMessage, out: Writer) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return
    content = _bytes(body)
    charset = body.get_content_charset() or ""
    if body.get_content_type() == "text/html":
        tree = html_tree(decode_html(content, charset))
        if tree is not None:
            write_html(tree, out)
    else:
        out.paragraph(decode(content, charset))


def _write_attachments(message: EmailMessage, out: Writer) -> None:
    attached = list(message.iter_attachments()) if message.is_multipart() else []
    if attached:
        out.note("attachments_not_read")
        out.heading(2, "Attachments")
    for part in attached[:MOST_ATTACHMENTS]:
        out.item(f"{_name(part)} ({part.get_content_type()}, {_size(part)})")


def _name(part: MIMEPart) -> str:
    return one_line(part.get_filename() or "") or "?"


def _size(part: MIMEPart) -> str:
    size = sum(len(content) for content in _contents(part))
    return f"{size} B" if size < _KILO else f"{size / _KILO:.0f} kB"


def _contents(part: MIMEPart) -> Iterator[bytes]:
    """The bytes of a part or, of a message within the message, of all its parts."""
    for inner in part.walk():
        if not inner.is_multipart():
            yield _bytes(inner)


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
