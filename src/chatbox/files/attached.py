"""What the rest of the product knows of a person's file and of the text that was read from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from chatbox.files.parsers.document import Mark
from chatbox.kernel.db import Transaction

FileStatus = Literal["queued", "reading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it is now. `kind` is what its content is (`image` for a picture); `characters` is the length of its
    text, 0 if it has none; `view_key` names a copy of a picture that is small enough to be looked at; `size` in bytes.
    """

    id: UUID
    filename: str
    mime_type: str
    kind: str
    size: int
    status: FileStatus
    characters: int
    pages: int | None
    view_key: str | None
    storage_key: str
    problem_code: str | None


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file, and where in it (in characters) its pages, slides, sheets and sections begin."""

    text: str
    marks: Sequence[Mark]


class Library(Protocol):
    """What a conversation needs of everyone's files. Another person's file is not found."""

    async def attached(self, tx: Transaction, owner_id: UUID, ids: Sequence[UUID]) -> list[Attached]:
        """The files, kept from being deleted until the transaction ends. Raises `FileNotFound` if one is missing."""
        ...

    async def known(self, tx: Transaction, owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Attached]:
        """Those of the files that are still there."""
        ...

    async def settled(self, owner_id: UUID, ids: Collection[UUID], *, seconds: float) -> None:
        """Return once none of the files is being read, or waits to be; after `seconds` in any case."""
        ...

    async def text(self, owner_id: UUID, file_id: UUID) -> FileText | None:
        """The text of a file; None when there is none."""
        ...

    async def read_bytes(self, key: str, *, most: int) -> bytes:
        """What is stored under a key, at most `most` bytes of it. Raises `ObjectMissing`, `StorageUnavailable`."""
        ...

    async def url(self, attached: Attached) -> str:
        """An address of the file's bytes that needs no sign-in and expires."""
        ...
