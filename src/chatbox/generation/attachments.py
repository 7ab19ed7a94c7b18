"""Decides how a model gets to know the files of a conversation, and puts it into words. Pure, and run in a thread.

A picture is seen, or told by the text in it. A document is shown whole where it was attached if it is short enough; a
longer one is read by tools, or told by the passages that fit the question best.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from chatbox.files.attached import Attached, FileText
from chatbox.generation import prompt
from chatbox.providers.port import Image, Part, Text
from chatbox.sessions.parts import StoredPart, file_id_of
from chatbox.sessions.tree import PastMessage
from chatbox.tools.files import shown_passage
from chatbox.tools.passages import cut_passages, rank, with_places

# Providers count a picture of 1568 pixels as about so many tokens.
TOKENS_PER_IMAGE = 1600
# Of the window, what one document may take, what all of them may, and what is kept for what tools or passages bring.
_SHARE_OF_ONE = 4
_SHARE_OF_ALL = 2
_SHARE_OF_FOUND = 4
_LEAST_SHARE_OF_FOUND = 8
_MOST_CHARACTERS_PER_TOKEN = 4
_MOST_PASSAGES = 12
_FIRST_PASSAGES = 4
_LONGEST_NAMES = 300

Way = Literal["seen", "in_words", "whole", "tools", "passages", "not_ready", "unreadable", "deleted"]

_NOTES: dict[Way, str] = {
    "whole": "files_whole",
    "tools": "files_as_tools",
    "passages": "files_as_passages",
    "in_words": "image_as_text",
    "not_ready": "file_not_ready",
    "unreadable": "file_unreadable",
    "deleted": "file_deleted",
}
# These matter for every answer, the others are told once: with the answer to the question that brought the file.
_ALWAYS_NOTED: set[Way] = {"tools", "passages", "not_ready"}


# In these ways a model gets words of a file, and can say where they are from. The page makes links of that.
_CITABLE: set[Way] = {"whole", "in_words", "tools", "passages"}
_PLACES = {"xlsx": "sheet", "xls": "sheet", "ods": "sheet", "pptx": "slide", "odp": "slide"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message carries a file. It is shown at its `is_main` place, the newest one in a person's message."""

    message_id: UUID
    file_id: UUID
    filename: str
    is_main: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything there is to decide from. `texts` and `pictures` hold what was loaded; `far` are files of messages that
    are too old to be sent. `window` and `budget` are in tokens."""

    history: Sequence[PastMessage]
    most_kept: int
    known: Mapping[UUID, Attached]
    far: Sequence[UUID]
    texts: Mapping[UUID, FileText]
    pictures: Mapping[UUID, Image]
    window: int
    budget: int
    has_tools: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How each file is told, which messages are sent, and how many tokens are left for what is looked up in files."""

    places: Sequence[Place]
    ways: Mapping[UUID, Way]
    history: list[PastMessage]
    room: int
    looked_up: list[UUID] = field(default_factory=list)


def places_in(history: Sequence[PastMessage]) -> list[Place]:
    """Where files are carried, the newest first."""
    asked = next((message.id for message in reversed(history) if message.role == "user"), None)
    seen: set[UUID] = set()
    places: list[Place] = []
    for message in reversed(history):
        for part in message.content_parts:
            file_id = file_id_of(part)
            if file_id is None:
                continue
            is_main = message.role == "user" and file_id not in seen
            if is_main:
                seen.add(file_id)
            places.append(Place(message.id, file_id, part.get("filename") or "", is_main, message.id == asked))
    return places


def most_characters(window: int) -> int:
    """How long a text may be that is shown whole, at the very most: a longer one need not be loaded to be measured."""
    return window // _SHARE_OF_ONE * _MOST_CHARACTERS_PER_TOKEN


def make_plan(desk: Desk) -> Plan:
    """Decide. Newer files come first, and a file that does not fit is looked up instead."""
    places = places_in(desk.history)
    kept_always = sum(prompt.cost(message) for message in desk.history[-desk.most_kept :])
    room = min(desk.window // _SHARE_OF_ALL, desk.budget - kept_always)
    ways: dict[UUID, Way] = {}
    costs: dict[UUID, int] = {}
    for place in places:
        if place.is_main:
            way, tokens = _way(desk, place.file_id, room)
            ways[place.file_id] = way
            costs[place.message_id] = costs.get(place.message_id, 0) + tokens
            room -= tokens
    is_some_looked_up = any(way == "tools" for way in ways.values()) or bool(desk.far)
    reserve = desk.window // _SHARE_OF_FOUND if is_some_looked_up else 0
    history, left = prompt.fitted(desk.history, desk.budget - reserve, costs, most_kept=desk.most_kept)
    looked_up = _looked_up(desk, places, ways, {message.id for message in history})
    if not desk.has_tools:
        ways = {file_id: "passages" if way == "tools" else way for file_id, way in ways.items()}
    least = desk.window // _LEAST_SHARE_OF_FOUND
    return Plan(places, ways, history, max(least, left + reserve), looked_up)


def _looked_up(desk: Desk, places: Sequence[Place], ways: dict[UUID, Way], sent: set[UUID]) -> list[UUID]:
    """The files to be read by tools or passages; those whose message is not sent after all are among them."""
    for place in places:
        file = desk.known.get(place.file_id)
        if place.is_main and place.message_id not in sent and file is not None and file.characters:
            ways[place.file_id] = "tools"
    found = [place.file_id for place in places if ways.get(place.file_id) == "tools"]
    for file_id in desk.far:
        file = desk.known.get(file_id)
        if file is not None and file.status == "ready" and file.characters and file_id not in ways:
            ways[file_id] = "tools"
            found.append(file_id)
    return list(dict.fromkeys(found))


def _way(desk: Desk, file_id: UUID, room: int) -> tuple[Way, int]:
    """How a file is told, and for how many tokens. What is too long is given to the tools for now."""
    file = desk.known.get(file_id)
    if file is None:
        return "deleted", 0
    if file_id in desk.pictures:
        return "seen", TOKENS_PER_IMAGE
    if file.status in {"queued", "reading"}:
        return "not_ready", 0
    if not file.characters:
        return ("in_words" if file.kind == "image" and file.status == "ready" else "unreadable"), 0
    text = desk.texts.get(file_id)
    tokens = prompt.estimate_tokens(text.text) if text is not None else desk.window
    if tokens > min(desk.window // _SHARE_OF_ONE, room):
        return "tools", 0
    return ("in_words" if file.kind == "image" else "whole"), tokens


def show(desk: Desk, plan: Plan) -> dict[tuple[UUID, UUID], Sequence[Part]]:
    """What stands for each file where a message carries it."""
    return {(place.message_id, place.file_id): _shown(desk, plan, place) for place in plan.places}


def _shown(desk: Desk, plan: Plan, place: Place) -> Sequence[Part]:
    file = desk.known.get(place.file_id)
    if file is None:
        return (Text(f"[The file {_quoted(place.filename)} was attached here. It was deleted since.]\n\n"),)
    way = plan.ways.get(place.file_id)
    if not place.is_main:
        return (Text(f"[The file {_quoted(file.filename)} is attached here. See it at another place.]\n\n"),)
    picture = desk.pictures.get(place.file_id)
    if way == "seen" and picture is not None:
        return (picture,)
    return (Text(_told(file, way, desk.texts.get(place.file_id))),)


def _told(file: Attached, way: Way | None, text: FileText | None) -> str:
    tag = "image" if file.kind == "image" else "file"
    pages = f' pages="{file.pages}"' if file.pages else ""
    head = f"<{tag} name={_quoted(file.filename)} type={_quoted(file.mime_type)}{pages}>"
    cite = f"\n(After what you take from it, cite it as {_citation(file)}.)" if way in _CITABLE else ""
    return f"{head}\n{_inside(file, way, text).strip()}\n</{tag}>{cite}\n\n"


def _inside(file: Attached, way: Way | None, text: FileText | None) -> str:
    match way:
        case "whole" if text is not None:
            return with_places(text.text, text.marks)
        case "in_words":
            words = f"The text in it:\n{text.text}" if text is not None and text.text else "No text was found in it."
            return f"You cannot see this picture. {words}"
        case "tools":
            return f"It has {file.characters} characters. Read it with the tools search_file and read_file."
        case "passages":
            return f"It has {file.characters} characters. What fits the last question best stands with that question."
        case "not_ready":
            return "It is still being read and cannot be shown yet."
    return "It could not be read, so that what is in it is not known."


def _citation(file: Attached) -> str:
    has_places = file.pages is not None and file.pages > 1
    place = f", {_PLACES.get(file.kind, 'page')} N" if has_places else ""
    return f"[{_plain(file.filename)}{place}]"


def _quoted(name: str) -> str:
    return f'"{_plain(name)}"'


def _plain(name: str) -> str:
    return " ".join(name.split()).replace('"', "'").replace("<", "(").replace(">", ")")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a file, with where it is from; a greater `score` fits better."""

    score: float
    file: int
    start: int
    shown: str


def find_passages(number: int, file: Attached, text: FileText, question: str) -> list[Found]:
    """The passages of the file number `number` that fit the question best; its first ones when none fits."""
    passages = cut_passages(text.text, text.marks)
    hits = [(hit.score, hit.passage) for hit in rank(text.text, passages, question)[:_MOST_PASSAGES]]
    chosen = hits or [(0.0, passage) for passage in passages[:_FIRST_PASSAGES]]
    return [
        Found(score, number, passage.start, shown_passage(file.filename, text, passage)) for score, passage in chosen
    ]


def told_passages(found: Iterable[Found], tokens: int) -> str:
    """The best passages that `tokens` allow, in the order of their files, with a word on what they are."""
    taken: list[Found] = []
    for passage in sorted(found, key=lambda one: (-one.score, one.file, one.start))[:_MOST_PASSAGES]:
        cost = prompt.estimate_tokens(passage.shown)
        if cost <= tokens:
            taken.append(passage)
            tokens -= cost
        elif not taken:
            taken.append(Found(0, passage.file, passage.start, prompt.clipped(passage.shown, tokens)))
            break
    if not taken:
        return ""
    ordered = sorted(taken, key=lambda one: (one.file, one.start))
    body = "\n\n".join(one.shown for one in ordered)
    return (
        "These are the passages of the attached files that fit the question best. Cite what you take from them as "
        f"[report.pdf, page 3].\n\n{body}\n\n"
    )


def share_of_found(window: int, room: int) -> int:
    """How many tokens passages may cost."""
    return max(window // _LEAST_SHARE_OF_FOUND, min(window // _SHARE_OF_FOUND, room))


def notes_of(plan: Plan, known: Mapping[UUID, Attached]) -> list[StoredPart]:
    """What the answer says about how files were read: one note for each way, with the names of the files."""
    names: dict[Way, list[str]] = {}
    new = {place.file_id: place.filename for place in plan.places if place.is_new}
    for file_id, way in plan.ways.items():
        if way in _NOTES and (file_id in new or way in _ALWAYS_NOTED):
            file = known.get(file_id)
            names.setdefault(way, []).append(file.filename if file else new.get(file_id, ""))
    return [note(_NOTES[way], names[way]) for way in _NOTES if way in names]


def note(code: str, names: Sequence[str]) -> StoredPart:
    """An info part about files."""
    listed = ", ".join(names)
    shortened = listed if len(listed) <= _LONGEST_NAMES else f"{listed[: _LONGEST_NAMES - 1]}…"
    return {"type": "info", "code": code, "params": {"files": shortened}}
