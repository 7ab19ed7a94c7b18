"""What a person asked, in whichever of the accepted forms it came, as the parts of a message."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from chatbox.files.attached import Attached
from chatbox.files.errors import FileNotFound
from chatbox.generation.answer_events import storable
from chatbox.generation.errors import EmptyMessage, MessageTooLong, TooManyFiles
from chatbox.generation.events import MessageBody
from chatbox.sessions.parts import LONGEST_TEXT, FilePart, ImagePart, InputPart, StoredPart, TextPart, file_id_of

MOST_FILES = 20


def question_parts(message: str | MessageBody | None, parts: Sequence[InputPart] | None) -> list[StoredPart]:
    """The parts to store, text cleaned of what cannot be stored; whose the files are is not looked at here.

    Raises `EmptyMessage`, `MessageTooLong`, `TooManyFiles`, and `FileNotFound` for what is no file's id at all.
    """
    if isinstance(message, MessageBody):
        parts = parts or message.content_parts
        message = message.text or message.content
    wanted: list[InputPart] = list(parts or [])
    if message and len(message) > LONGEST_TEXT:
        raise MessageTooLong(limit=LONGEST_TEXT)
    if message:
        wanted.append(TextPart(type="text", text=storable(message)))
    return _checked(wanted)


def _checked(parts: Iterable[InputPart]) -> list[StoredPart]:
    stored: list[StoredPart] = []
    files: set[str] = set()
    length = 0
    for part in parts:
        if isinstance(part, TextPart):
            text = storable(part.text)
            length += len(text)
            if text.strip():
                stored.append({"type": "text", "text": text})
        elif (file_id := _file_id(part)) not in files:
            files.add(file_id)
            stored.append(_carrying(part.type, file_id))
    if length > LONGEST_TEXT:
        raise MessageTooLong(limit=LONGEST_TEXT)
    if len(files) > MOST_FILES:
        raise TooManyFiles(limit=MOST_FILES)
    if not stored:
        raise EmptyMessage
    return stored


def _file_id(part: ImagePart | FilePart) -> str:
    """A file's id in the one way to write it. Raises `FileNotFound`."""
    written = part.fileId if isinstance(part, FilePart) else part.fileId or part.image
    try:
        return str(UUID(written))
    except ValueError as error:
        raise FileNotFound from error


def _carrying(kind: str, file_id: str) -> StoredPart:
    if kind == "image":
        return {"type": "image", "image": file_id, "fileId": file_id}
    return {"type": "file", "fileId": file_id, "filename": ""}


def with_names(parts: Iterable[StoredPart], files: Mapping[UUID, Attached]) -> list[StoredPart]:
    """The parts with the names and types that the files have here; what is no picture is not shown as one."""
    named: list[StoredPart] = []
    for part in parts:
        file_id = file_id_of(part)
        if file_id is None:
            named.append(part)
            continue
        file = files[file_id]
        kind = "image" if part["type"] == "image" and file.kind == "image" else "file"
        about = {"filename": file.filename} | ({"mimeType": file.mime_type} if kind == "file" else {})
        named.append(_carrying(kind, str(file_id)) | about)
    return named


def title_of(parts: Iterable[StoredPart]) -> str:
    """What a session may be called after: the first text of its first question, or the names of the files."""
    texts = [part["text"] for part in parts if part["type"] == "text"]
    names = [part["filename"] for part in parts if part["type"] in {"image", "file"}]
    return str(texts[0]) if texts else ", ".join(names)
