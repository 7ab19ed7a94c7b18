"""What a person asked, in whichever of the accepted forms it came, as the parts of a message."""

from collections.abc import Sequence

from chatbox.generation.answer_events import storable
from chatbox.generation.errors import EmptyMessage, MessageTooLong, PartNotSupported
from chatbox.generation.events import MessageBody
from chatbox.sessions.parts import LONGEST_TEXT, FilePart, ImagePart, InputPart, StoredPart, TextPart


def question_parts(message: str | MessageBody | None, parts: Sequence[InputPart] | None) -> list[StoredPart]:
    """The parts to store, text cleaned of what cannot be stored.

    Raises `EmptyMessage`, `MessageTooLong`, `PartNotSupported`.
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


def _checked(parts: Sequence[TextPart | ImagePart | FilePart]) -> list[StoredPart]:
    stored: list[StoredPart] = []
    length = 0
    for part in parts:
        if not isinstance(part, TextPart):
            raise PartNotSupported(part=part.type)
        text = storable(part.text)
        length += len(text)
        if text.strip():
            stored.append({"type": "text", "text": text})
    if length > LONGEST_TEXT:
        raise MessageTooLong(limit=LONGEST_TEXT)
    if not stored:
        raise EmptyMessage
    return stored
