"""Gathers what is in the files of a conversation for one turn: waits for those being read, loads, and offers the rest.

Runs while nobody holds a connection: texts come in short transactions, bytes from the storage outside of any.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from chatbox.files.attached import Attached, FileText, Library
from chatbox.generation import attachments, prompt
from chatbox.generation.abilities import calls_tools, sees_images
from chatbox.generation.attachments import Desk, Found, Place, Plan
from chatbox.generation.turn import Past, Turn
from chatbox.kernel.db import Database
from chatbox.kernel.storage.port import ObjectMissing
from chatbox.providers.port import Image
from chatbox.sessions import tree
from chatbox.sessions.parts import StoredPart
from chatbox.tools.files import Listed, file_tools
from chatbox.tools.port import Tool

WAIT_SECONDS = 120.0
MOST_PICTURES = 20
LARGEST_PICTURE = 5 * 1024 * 1024
MOST_BYTES_OF_PICTURES = 20 * 1024 * 1024
MOST_FILES_OFFERED = 100
MOST_FILES_SEARCHED = 10
# A screenshot of so many bytes is shown as it is, without waiting for its smaller copy. A photograph is not: its copy
# is without the place where it was taken.
_SMALL_PICTURE = 1024 * 1024
_SCREENSHOT = "image/png"
_SHOWABLE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_PENDING = {"queued", "reading"}

Tell = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Gathering:
    """Completes turns with their files."""

    db: Database
    files: Library

    async def furnish(self, turn: Turn, tell: Tell) -> Turn:
        """The turn with its files; the same when it has none. `tell` shows a turn that waits for files being read.

        Raises `AppError` when the storage or PostgreSQL is away.
        """
        past = turn.past
        places = attachments.places_in(past.history)
        if not places and not past.is_cut:
            return turn
        far, known = await self._known(past, places)
        if not places and not far:
            return turn
        pending = [file for file in known.values() if _must_wait(file, past)]
        if pending:
            await tell(_waiting(turn, pending))
            await self.files.settled(past.owner_id, [file.id for file in pending], seconds=WAIT_SECONDS)
            far, known = await self._known(past, places)
        desk = await self._desk(past, places, far, known)
        plan = await asyncio.to_thread(attachments.make_plan, desk)
        return await self._completed(turn, desk, plan)

    async def _known(self, past: Past, places: Sequence[Place]) -> tuple[list[UUID], Mapping[UUID, Attached]]:
        """The files of messages that are too old to be sent, and everything that is known of those and the others."""
        async with self.db.begin() as tx:
            far: list[UUID] = []
            if past.is_cut:
                top = past.history[0].id
                far = await tree.files_above(tx, past.session.id, top, limit=MOST_FILES_OFFERED)
            ids = {place.file_id for place in places} | set(far)
            known = await self.files.known(tx, past.owner_id, ids) if ids else {}
        return [file_id for file_id in far if file_id in known], known

    async def _desk(
        self, past: Past, places: Sequence[Place], far: Sequence[UUID], known: Mapping[UUID, Attached]
    ) -> Desk:
        mains = [known[place.file_id] for place in places if place.is_main and place.file_id in known]
        window = prompt.window_of(past.session, past.model)
        pictures = await self._pictures(mains) if sees_images(past.model) else {}
        wanted = [file for file in mains if file.id not in pictures]
        return Desk(
            history=past.history,
            most_kept=past.most_kept,
            known=known,
            far=far,
            texts=await self._texts(past.owner_id, wanted, attachments.most_characters(window)),
            pictures=pictures,
            window=window,
            budget=past.budget,
            has_tools=calls_tools(past.model),
        )

    async def _pictures(self, files: Iterable[Attached]) -> dict[UUID, Image]:
        """The newest pictures, as many as a request may hold."""
        pictures: dict[UUID, Image] = {}
        room = MOST_BYTES_OF_PICTURES
        for file in files:
            key = _picture_key(file)
            if key is None or len(pictures) >= MOST_PICTURES:
                continue
            try:
                data = await self.files.read_bytes(key, most=LARGEST_PICTURE + 1)
            except ObjectMissing:
                continue
            mime_type = picture_type(data)
            if mime_type is not None and len(data) <= min(room, LARGEST_PICTURE):
                room -= len(data)
                pictures[file.id] = Image(mime_type, data)
        return pictures

    async def _texts(self, owner_id: UUID, files: Iterable[Attached], most: int) -> dict[UUID, FileText]:
        """The texts that may be short enough to be shown whole."""
        texts: dict[UUID, FileText] = {}
        room = 2 * most
        for file in files:
            if file.status != "ready" or not 0 < file.characters <= min(most, room):
                continue
            text = await self.files.text(owner_id, file.id)
            if text is not None:
                room -= file.characters
                texts[file.id] = text
        return texts

    async def _completed(self, turn: Turn, desk: Desk, plan: Plan) -> Turn:
        past = replace(
            turn.past, history=plan.history, is_cut=turn.past.is_cut or len(plan.history) < len(desk.history)
        )
        beside = ""
        tools: dict[str, Tool] = {}
        room = plan.room
        if plan.looked_up and desk.has_tools:
            tools = {
                tool.spec.name: tool for tool in file_tools(_Shelf(self.files, past.owner_id, _listed(desk, plan)))
            }
        elif plan.looked_up:
            share = attachments.share_of_found(desk.window, room)
            beside = await self._passages(past, [desk.known[file_id] for file_id in plan.looked_up], share)
        shown = await asyncio.to_thread(attachments.show, desk, plan)
        request = replace(past.request(shown, beside), tools=[tool.spec for tool in tools.values()])
        start = _started(turn, past, attachments.notes_of(plan, desk.known))
        return replace(turn, request=request, start=start, past=past, tools=tools, room=room)

    async def _passages(self, past: Past, files: Sequence[Attached], tokens: int) -> str:
        """What fits the question best; one text after the other, since all of them together may be large."""
        question = _question(past)
        found: list[Found] = []
        for number, file in enumerate(files[:MOST_FILES_SEARCHED]):
            text = await self.files.text(past.owner_id, file.id)
            if text is not None:
                found += await asyncio.to_thread(attachments.find_passages, number, file, text, question)
        return attachments.told_passages(found, tokens)


@dataclass(slots=True)
class _Shelf:
    """The files of one turn, as the tools see them; the text that was asked for last is kept."""

    library: Library
    owner_id: UUID
    files: Sequence[Listed]
    _last: dict[str, FileText] = field(default_factory=dict)

    async def text(self, key: str) -> FileText | None:
        if key in self._last:
            return self._last[key]
        text = await self.library.text(self.owner_id, UUID(key))
        if text is not None:
            self._last = {key: text}
        return text


def _listed(desk: Desk, plan: Plan) -> list[Listed]:
    """What can be looked up; what is shown whole is there too, so that the list is not a riddle."""
    whole = [file_id for file_id, way in plan.ways.items() if way == "whole"]
    files = [desk.known[file_id] for file_id in [*plan.looked_up, *whole][:MOST_FILES_OFFERED]]
    return [Listed(str(file.id), file.filename, file.mime_type, file.characters, file.pages) for file in files]


def _question(past: Past) -> str:
    """What to look for: the question, and the one before it, which it may lean on."""
    asked = [message for message in past.history if message.role == "user"][-2:]
    return "\n".join(prompt.plain_text(message) for message in reversed(asked))


def _must_wait(file: Attached, past: Past) -> bool:
    if file.status not in _PENDING:
        return False
    is_small = file.size <= _SMALL_PICTURE and file.mime_type == _SCREENSHOT
    return not (sees_images(past.model) and file.kind == "image" and (file.view_key or is_small))


def _waiting(turn: Turn, pending: Sequence[Attached]) -> Turn:
    note = attachments.note("files_being_read", [file.filename for file in pending])
    return replace(turn, start=[note, *turn.start])


def _started(turn: Turn, past: Past, notes: Sequence[StoredPart]) -> list[StoredPart]:
    """What the answer starts with: what there is to say about the past and the files, and what it had."""
    trimmed = prompt.trimmed_note()
    kept = [part for part in turn.start if part != trimmed]
    return [*([trimmed] if past.is_cut else []), *notes, *kept]


def _picture_key(file: Attached) -> str | None:
    """Where a picture is that a model can be shown: the smaller copy, or else the file itself."""
    if file.kind != "image":
        return None
    if file.view_key:
        return file.view_key
    return file.storage_key if file.mime_type in _SHOWABLE and file.size <= LARGEST_PICTURE else None


def picture_type(data: bytes) -> str | None:
    """The type of a picture by its first bytes, of those that every provider takes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
