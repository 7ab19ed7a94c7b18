"""What files look like on the wire (CONTRACT §2)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chatbox.files.attached import FileStatus
from chatbox.files.parsers.document import KindName, MarkKind
from chatbox.kernel.wire import Incoming, Moment, Outgoing

DEFAULT_PURPOSE = "message_attachment"
# It is a folder in the storage.
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", to_lower=True)]


class FileProgress(Outgoing):
    """How far the reading is, in pages or the like."""

    done: int
    of: int


class FileProblem(Outgoing):
    """Why a file has no text."""

    code: str
    detail: str


class FileOut(Outgoing):
    """`url` and `preview_url` are signed for an hour. `progress` is there while the file is read, `problem` when it
    could not be; `uses` counts the messages that carry it."""

    id: UUID
    filename: str
    mime_type: str
    kind: KindName
    size: int
    storage_key: str
    url: str
    status: FileStatus
    progress: FileProgress | None
    problem: FileProblem | None
    created_at: Moment
    purpose: str
    preview_url: str | None
    pages: int | None
    characters: int
    uses: int


class FileUsageOut(Outgoing):
    """In bytes, but for `count`."""

    used: int
    quota: int
    upload_limit: int
    count: int


class MarkOut(Outgoing):
    """Where in the text (in characters) a page, slide, sheet or section begins."""

    start: int
    kind: MarkKind
    number: int
    label: str


class FileMetaOut(Outgoing):
    title: str | None
    author: str | None
    pages: int | None
    words: int
    notes: list[str]


class FileTextOut(Outgoing):
    """The text from `start` up to, not including, `end`, of `total` characters; `marks` are those within, and the one
    that it begins in."""

    text: str
    start: int
    end: int
    total: int
    marks: list[MarkOut]
    meta: FileMetaOut


class DirectUploadNew(Incoming):
    """What will be sent straight to the storage; it is compared with what arrives. `sha256` in hexadecimal."""

    filename: Annotated[str, Field(min_length=1, max_length=1000)]
    size: Annotated[int, Field(ge=1)]
    mime_type: Annotated[str, Field(max_length=200)] = ""
    sha256: Sha256
    purpose: Purpose = DEFAULT_PURPOSE


class DirectUploadOut(Outgoing):
    """Post `fields`, in their order, and then the bytes as `file`, in a multipart form to `url`."""

    id: UUID
    url: str
    fields: dict[str, str]
    expires_at: Moment
