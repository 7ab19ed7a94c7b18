"""Files in messages: whose they are when a message is written, and where they are when it is read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chatbox.files.attached import Library
from chatbox.generation.question import with_names
from chatbox.kernel.db import Transaction
from chatbox.sessions.parts import ContentPart, FilePart, ImagePart, InfoPart, StoredPart, file_ids_of
from chatbox.sessions.schemas import MessageOut


async def owned_parts(
    files: Library, tx: Transaction, owner_id: UUID, parts: Sequence[StoredPart]
) -> Sequence[StoredPart]:
    """The parts as they are stored, the files by the names that they have here; the files stay until `tx` ends.

    Raises `FileNotFound`, for another person's file too.
    """
    ids = file_ids_of(parts)
    if not ids:
        return parts
    return with_names(parts, {file.id: file for file in await files.attached(tx, owner_id, ids)})


async def with_addresses(
    files: Library, tx: Transaction, owner_id: UUID, messages: list[MessageOut]
) -> list[MessageOut]:
    """The messages with a signed address for every picture, and a note in place of every file that is gone."""
    ids = {UUID(file_id) for message in messages for part in message.content_parts if (file_id := _file_id(part))}
    if not ids:
        return messages
    known = await files.known(tx, owner_id, ids)
    urls = {str(file.id): await files.url(file) if file.kind == "image" else "" for file in known.values()}
    return [
        message.model_copy(update={"content_parts": [_placed(part, urls) for part in message.content_parts]})
        for message in messages
    ]


def _placed(part: ContentPart, urls: Mapping[str, str]) -> ContentPart:
    """`urls` knows every file that is there, by its id."""
    if not isinstance(part, ImagePart | FilePart) or part.fileId is None:
        return part
    if part.fileId not in urls:
        return InfoPart(type="info", code="file_deleted", params={"files": part.filename or ""})
    return part.model_copy(update={"image": urls[part.fileId]}) if isinstance(part, ImagePart) else part


def _file_id(part: ContentPart) -> str | None:
    return part.fileId if isinstance(part, ImagePart | FilePart) else None
