"""How it is decided in which way a model gets to know each file."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.files.attached import Attached, FileText
from chatbox.generation import prompt
from chatbox.generation.abilities import sees_images
from chatbox.generation.attachments import (
    TOKENS_PER_IMAGE,
    Desk,
    Found,
    find_passages,
    make_plan,
    note,
    notes_of,
    places_in,
    show,
    told_passages,
)
from chatbox.generation.gather import picture_type
from chatbox.kernel.ids import new_id
from chatbox.providers.models import Resolved
from chatbox.providers.port import Endpoint, Image, ModelInfo, Text
from chatbox.providers.scripted import ScriptedModel
from chatbox.sessions.tree import PastMessage

_PICTURE = Image("image/png", b"x")


def file_of(characters: int = 0, **fields: Any) -> Attached:
    values = {
        "id": new_id(),
        "filename": "a.txt",
        "mime_type": "text/plain",
        "kind": "text",
        "size": 1,
        "status": "ready",
        "characters": characters,
        "pages": None,
        "view_key": None,
        "storage_key": "k",
        "problem_code": None,
    }
    return Attached(**{**values, **fields})


def question(*files: Attached, words: str = "Why?", role: Any = "user") -> PastMessage:
    parts: list[dict[str, Any]] = [
        {"type": "file", "fileId": str(file.id), "filename": file.filename} for file in files
    ]
    return PastMessage(new_id(), None, role, [*parts, {"type": "text", "text": words}])


def desk_of(
    history: Sequence[PastMessage],
    files: Sequence[Attached],
    *,
    window: int = 8000,
    pictures: Sequence[Attached] = (),
    far: Sequence[UUID] = (),
    has_tools: bool = True,
) -> Desk:
    texts = {file.id: FileText("x" * file.characters, []) for file in files if file.characters}
    return Desk(
        history=history,
        most_kept=1,
        known={file.id: file for file in files},
        far=far,
        texts=texts,
        pictures={file.id: _PICTURE for file in pictures},
        window=window,
        budget=window * 3 // 4,
        has_tools=has_tools,
    )


@given(
    sizes=st.lists(st.integers(1, 40_000), min_size=1, max_size=8),
    window=st.sampled_from([512, 4096, 8000, 128_000]),
    words=st.integers(0, 20_000),
)
def test_what_is_sent_whole_never_exceeds_its_share(sizes: list[int], window: int, words: int) -> None:
    files = [file_of(size) for size in sizes]
    history = [question(file, words="x" * words) for file in files]

    plan = make_plan(desk_of(history, files, window=window))

    whole = [prompt.estimate_tokens("x" * file.characters) for file in files if plan.ways[file.id] == "whole"]
    assert all(tokens <= window // 4 for tokens in whole)
    assert sum(whole) <= window // 2
    assert plan.history[-1] is history[-1]
    sent = sum(prompt.cost(message) for message in plan.history) + sum(whole)
    assert sent <= window * 3 // 4 or len(plan.history) == 1
    assert {file.id for file in files if plan.ways[file.id] == "tools"} == set(plan.looked_up)
    assert plan.room >= window // 8


def test_a_whole_file_whose_message_is_not_sent_is_looked_up() -> None:
    old = file_of(4000)
    history = [question(old), question(words="x" * 12_000), question(words="x" * 8000)]

    plan = make_plan(desk_of(history, [old]))

    assert history[0] not in plan.history
    assert plan.ways[old.id] == "tools"
    assert plan.looked_up == [old.id]


def test_a_file_of_a_rewritten_answer_is_looked_up_by_nobody_and_told_by_name() -> None:
    file = file_of(100)
    history = [question(), question(file, role="assistant"), question()]
    desk = desk_of(history, [file])

    plan = make_plan(desk)

    assert plan.ways == {}
    [[told]] = show(desk, plan).values()
    assert isinstance(told, Text)
    assert "See it at another place" in told.text


def test_pictures_cost_their_tokens_and_older_ones_make_room() -> None:
    pictures = [file_of(kind="image") for _ in range(6)]
    history = [question(file) for file in pictures]

    plan = make_plan(desk_of(history, pictures, pictures=pictures))

    assert len(plan.history) == 8000 * 3 // 4 // TOKENS_PER_IMAGE
    assert set(plan.ways.values()) == {"seen"}


@pytest.mark.parametrize(
    ("file", "way"),
    [
        (file_of(5), "whole"),
        (file_of(5, kind="image"), "in_words"),
        (file_of(kind="image"), "in_words"),
        (file_of(kind="image", status="failed"), "unreadable"),
        (file_of(), "unreadable"),
        (file_of(status="failed"), "unreadable"),
        (file_of(status="queued"), "not_ready"),
        (file_of(100_000), "tools"),
    ],
)
def test_each_file_has_its_way(file: Attached, way: str) -> None:
    history = [question(file)]

    plan = make_plan(desk_of(history, [file]))

    assert plan.ways == {file.id: way}


@pytest.mark.parametrize(
    ("file", "has_tools", "told"),
    [
        (file_of(3), True, "xxx"),
        (file_of(3, kind="image"), True, "The text in it:\nxxx"),
        (file_of(kind="image"), True, "No text was found in it."),
        (file_of(status="reading"), True, "It is still being read and cannot be shown yet."),
        (file_of(status="failed"), True, "It could not be read"),
        (file_of(100_000), True, "It has 100000 characters. Read it with the tools"),
        (file_of(100_000), False, "It has 100000 characters. What fits the last question best"),
    ],
)
def test_a_model_is_told_of_each_file_what_it_can_do_with_it(file: Attached, has_tools: bool, told: str) -> None:
    desk = desk_of([question(file)], [file], has_tools=has_tools)

    [[part]] = show(desk, make_plan(desk)).values()

    assert isinstance(part, Text)
    assert told in part.text


def test_a_model_without_tools_gets_passages_of_what_is_too_long() -> None:
    file = file_of(100_000)

    plan = make_plan(desk_of([question(file)], [file], has_tools=False))

    assert plan.ways == {file.id: "passages"}
    assert plan.looked_up == [file.id]


def test_files_of_messages_that_are_too_old_are_looked_up_if_they_can_be() -> None:
    readable, empty = file_of(50), file_of()

    plan = make_plan(desk_of([question()], [readable, empty], far=[readable.id, empty.id, new_id()]))

    assert plan.looked_up == [readable.id]


def test_an_answer_is_not_sent_without_its_question() -> None:
    file = file_of(3000)
    history = [question(file, words="x" * 8000), question(role="assistant"), question(words="x" * 16_000)]

    plan = make_plan(desk_of(history, [file]))

    assert plan.history == [history[-1]]


def test_only_what_is_new_is_noted_but_what_is_looked_up_always() -> None:
    short, long = file_of(5, filename="short.txt"), file_of(100_000, filename="long.txt")
    history = [question(short, long), question()]
    desk = desk_of(history, [short, long])

    assert notes_of(make_plan(desk), desk.known) == [note("files_as_tools", ["long.txt"])]


def test_a_note_of_many_files_is_short() -> None:
    listed = note("files_whole", [f"file-{number}.txt" for number in range(100)])["params"]["files"]

    assert len(listed) == 300
    assert listed.endswith("…")


def test_the_first_passage_is_cut_if_there_is_no_room_for_it() -> None:
    told = told_passages([Found(1.0, 0, 0, "[a.txt]\n" + "word " * 500)], 50)

    assert told.startswith("These are the passages")
    assert prompt.estimate_tokens(told) < 120


def test_nothing_found_is_nothing_told() -> None:
    assert told_passages([], 1000) == ""


def test_passages_are_told_in_the_order_of_their_files() -> None:
    text = FileText("One is tea. " * 120 + "Two is rice. " * 120, [])
    found = find_passages(0, file_of(10, filename="b.txt"), text, "rice tea")

    told = told_passages([*found, Found(99.0, 1, 0, "[c.txt]\nlast")], 10_000)

    assert told.index("One is tea.") < told.index("Two is rice.") < told.index("[c.txt]")


def test_places_are_read_from_the_newest_on() -> None:
    one, two = file_of(), file_of()
    history = [question(one), question(two), question(one)]

    assert [(place.file_id, place.is_main, place.is_new) for place in places_in(history)] == [
        (one.id, True, True),
        (two.id, True, False),
        (one.id, False, False),
    ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<svg>", None),
        (b"", None),
    ],
)
def test_the_type_of_a_picture_is_what_its_bytes_say(data: bytes, kind: str | None) -> None:
    assert picture_type(data) == kind


@pytest.mark.parametrize(
    ("kind", "name", "said", "sees"),
    [
        ("openai", "llama-3", None, False),
        ("openai", "qwen2.5-vl-7b", None, True),
        ("ollama", "llava:13b", None, True),
        ("anthropic", "claude-x", None, True),
        ("anthropic", "claude-x", False, False),
        ("gemini", "anything", None, True),
        ("openai-responses", "gpt-x", None, True),
        ("local", "small", False, False),
        ("scripted", "echo", None, False),
    ],
)
def test_whether_a_model_sees_is_known_or_supposed(kind: str, name: str, said: bool | None, sees: bool) -> None:
    info = ModelInfo(name, sees_images=said)

    assert sees_images(Resolved(name, kind, ScriptedModel(), Endpoint(""), info, None)) is sees
