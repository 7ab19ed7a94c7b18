"""Files that are there already: rows and bytes as an upload that was read leaves them, without uploading or reading."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from chatbox.accounts.file_limits import FileLimits
from chatbox.files.links import Links
from chatbox.files.parsers.document import Mark
from chatbox.files.parsers.sandbox import ReadOptions, Sandbox
from chatbox.files.reading import Reading
from chatbox.files.service import Files
from chatbox.files.tables import File, FileObject, FileText
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.ids import new_id
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.supervisor import Supervisor

# One red pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def local_files(db: Database, folder: Path, supervisor: Supervisor) -> Files:
    """The files of everyone on `db`, their bytes in `folder`. Nothing is read here: files are put as they shall be."""
    storage = LocalStorage(folder)
    reading = Reading(db, storage, Sandbox(1), supervisor, ReadOptions(), folder / "reading", 1)
    links = Links(storage, b"k" * 32, utc_now, "/api/v1/files/s")
    return Files(db, storage, links, FileLimits(1, 16), reading, lambda: None)


@dataclass(frozen=True)
class Made:
    """A file to be. `pages` are the texts of its pages, each marked; without them it has no text."""

    filename: str = "report.pdf"
    kind: str = "pdf"
    mime_type: str = "application/pdf"
    pages: Sequence[str] = ()
    state: str = "ready"
    problem_code: str | None = None
    data: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    view: bytes | None = None

    @property
    def text(self) -> str:
        return "".join(self.pages)

    @property
    def marks(self) -> list[Mark]:
        starts = [sum(len(page) for page in self.pages[:number]) for number in range(len(self.pages))]
        return [Mark(start, "page", number, "") for number, start in enumerate(starts, 1)]


def picture(filename: str = "shot.png", words: str = "", *, state: str = "ready", view: bytes | None = PNG) -> Made:
    """A picture, with the words that were read in it."""
    pages = [words] if words else []
    return Made(filename, "image", "image/png", pages, state, data=PNG, view=view)


async def put_file(db: Database, storage: Storage, owner_id: UUID | str, made: Made) -> str:
    """Make `made` a file of the person's; its id."""
    owner, object_id, file_id = UUID(str(owner_id)), new_id(), new_id()
    key = f"users/{owner}/message_attachment/{object_id}.bin"
    view_key = f"users/{owner}/views/{object_id}.webp" if made.view is not None else None
    await storage.put(key, _pieces(made.data), mime_type=made.mime_type)
    if view_key and made.view is not None:
        await storage.put(view_key, _pieces(made.view), mime_type="image/webp")
    row = {
        "id": object_id,
        "owner_id": owner,
        "sha256": hashlib.sha256(made.data + object_id.bytes).digest(),
        "size": len(made.data),
        "storage_key": key,
        "kind": made.kind,
        "mime_type": made.mime_type,
        "state": made.state,
        "problem_code": made.problem_code,
        "view_key": view_key,
    }
    async with db.begin() as tx:
        await tx.execute(insert(FileObject).values(**row))
        await tx.execute(
            insert(File).values(
                id=file_id, owner_id=owner, object_id=object_id, filename=made.filename, purpose="message_attachment"
            )
        )
        if made.pages:
            await tx.execute(insert(FileText).values(**_text_row(object_id, made)))
    return str(file_id)


def _text_row(object_id: UUID, made: Made) -> dict[str, object]:
    meta: dict[str, object] = {"title": None, "author": None, "pages": len(made.pages), "words": 1, "notes": []}
    marks = [asdict(mark) for mark in made.marks]
    return {
        "object_id": object_id,
        "text": made.text,
        "characters": len(made.text),
        "marks": marks,
        "meta": meta,
    }


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data
