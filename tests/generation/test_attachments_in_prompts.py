"""What a model is sent of the files in a conversation."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.app import Person, ServerThread
from tests.support.attached_files import PNG, Made, picture
from tests.support.chats import KINDS, OfferModels, PutFile, asked, file_part, image_part, notes_of
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.turns import PLAIN

from chatbox.kernel.db import Database

_DATA = b64encode(PNG).decode()
_URL = f"data:image/png;base64,{_DATA}"
_QUESTION = "What is it?"
# What each protocol wants for a picture with a question, as its documentation says.
_SEEN: dict[str, Callable[[Any], Any]] = {
    "openai": lambda body: (
        body["messages"][-1]
        == {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": _URL}}, {"type": "text", "text": "What is it?"}],
        }
    ),
    "openai-responses": lambda body: (
        body["input"][-1]
        == {
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": _URL},
                {"type": "input_text", "text": "What is it?"},
            ],
        }
    ),
    "anthropic": lambda body: (
        body["messages"][-1]
        == {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _DATA}},
                {"type": "text", "text": "What is it?"},
            ],
        }
    ),
    "gemini": lambda body: (
        body["contents"][-1]
        == {
            "role": "user",
            "parts": [{"inlineData": {"mimeType": "image/png", "data": _DATA}}, {"text": "What is it?"}],
        }
    ),
    "ollama": lambda body: body["messages"][-1] == {"role": "user", "content": "What is it?", "images": [_DATA]},
}
_PAGES = [f"Page {number} is about {topic}. " + "filler " * 800 for number, topic in enumerate(["tea", "rice"], 1)]
_LONG = Made("kitchen.pdf", pages=[*_PAGES, "Salt is found on this page. " + "filler " * 800])


def said(upstream: Upstream) -> str:
    """Everything in words that the last question came with."""
    content = asked(upstream)["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_that_sees_is_shown_the_picture(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile, kind: str
) -> None:
    provider = await offer(kind, sees_images=True)
    upstream.frames_of["eyes"] = upstream.wires[kind].frames(PLAIN)
    session = await admin.session(f"{provider}/eyes", name="n")
    file_id = await put(admin, picture(words="words in it"))

    answer = await admin.ask(session["id"], content_parts=[image_part(file_id)], message=_QUESTION)

    assert _SEEN[kind](asked(upstream))
    assert notes_of(answer) == []


async def test_a_model_that_does_not_see_is_told_the_text_in_the_picture(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    file_id = await put(admin, picture("shot.png", words="Error 42"))

    answer = await admin.ask(session["id"], content_parts=[image_part(file_id)], message=_QUESTION)

    assert said(upstream) == (
        '<image name="shot.png" type="image/png" pages="1">\n'
        "You cannot see this picture. The text in it:\nError 42\n</image>\n"
        "(After what you take from it, cite it as [shot.png].)\n\nWhat is it?"
    )
    assert notes_of(answer) == [("image_as_text", "shot.png")]


async def test_a_picture_without_text_is_told_to_be_one(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")

    await admin.ask(session["id"], content_parts=[image_part(await put(admin, picture()))], message="Hm?")

    assert "You cannot see this picture. No text was found in it." in said(upstream)


async def test_a_picture_alone_is_a_question(
    admin: Person, offer: OfferModels, upstream: Upstream, put: PutFile
) -> None:
    session = await admin.session(f"{await offer(sees_images=True)}/eyes", name="n")
    upstream.turns_of["eyes"] = [PLAIN]

    sent = await admin.send(session["id"], "", content_parts=[image_part(await put(admin, picture("cat.png")))])
    await admin.ended(session["id"], sent)

    assert asked(upstream)["messages"][-1]["content"] == [{"type": "image_url", "image_url": {"url": _URL}}]


async def test_a_broken_picture_is_told_and_not_sent(
    admin: Person, offer: OfferModels, upstream: Upstream, put: PutFile
) -> None:
    session = await admin.session(f"{await offer(sees_images=True)}/eyes", name="n")
    upstream.turns_of["eyes"] = [PLAIN]
    file_id = await put(admin, picture("shot.png", view=b"<svg onload=alert(1)>"))

    await admin.ask(session["id"], "Hm?", content_parts=[image_part(file_id)])

    assert "You cannot see this picture" in said(upstream)


async def test_a_picture_whose_bytes_are_lost_is_told(
    server: ServerThread, admin: Person, offer: OfferModels, upstream: Upstream, put: PutFile
) -> None:
    session = await admin.session(f"{await offer(sees_images=True)}/eyes", name="n")
    upstream.turns_of["eyes"] = [PLAIN]
    file_id = await put(admin, picture("lost.png", words="Remember me"))
    for stored in (server.data_dir / "files" / "users" / admin.id).rglob("*.webp"):
        stored.unlink()

    await admin.ask(session["id"], "Hm?", content_parts=[image_part(file_id)])

    assert "Remember me" in said(upstream)


async def test_a_file_is_read_before_the_answer_that_it_was_uploaded_for(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    form = {"file": ("notes.md", b"# Notes\n\nThe code is 4711.\n", "text/markdown")}
    uploaded = (await admin.http.post("/files/upload", files=form)).json()

    answer = await admin.ask(session["id"], "Code?", content_parts=[file_part(uploaded["id"])])

    assert "The code is 4711." in said(upstream)
    assert notes_of(answer) == [("files_whole", "notes.md")]


async def test_a_short_document_is_sent_whole_where_it_was_attached_and_once(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    file_id = await put(admin, Made('re"port.pdf', pages=["First.\n", "Second.\n"]))

    first = await admin.ask(session["id"], content_parts=[file_part(file_id)], message=_QUESTION)
    second = await admin.ask(session["id"], "And then?")

    with_file, without = [message["content"] for message in asked(upstream)["messages"] if message["role"] == "user"]
    assert with_file == (
        '<file name="re\'port.pdf" type="application/pdf" pages="2">\n'
        "[page 1]\nFirst.\n[page 2]\nSecond.\n</file>\n"
        "(After what you take from it, cite it as [re'port.pdf, page N].)\n\nWhat is it?"
    )
    assert without == "And then?"
    assert notes_of(first) == [("files_whole", 're"port.pdf')]
    assert notes_of(second) == []


async def test_a_document_that_is_attached_again_is_sent_where_it_is_newest(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    file_id = await put(admin, Made("a.txt", pages=["Only once."]))
    await admin.ask(session["id"], "one", content_parts=[file_part(file_id)])

    await admin.ask(session["id"], "two", content_parts=[file_part(file_id), file_part(file_id)])

    first, _, second = [message["content"] for message in asked(upstream)["messages"]]
    assert first == '[The file "a.txt" is attached here. See it at another place.]\n\none'
    assert second.count("Only once.") == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_document_is_offered_as_tools(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile, kind: str
) -> None:
    provider = await offer(kind, calls_tools=True, context_window=8000)
    upstream.frames_of["eyes"] = upstream.wires[kind].frames(PLAIN)
    session = await admin.session(f"{provider}/eyes", name="n")

    answer = await admin.ask(session["id"], content_parts=[file_part(await put(admin, _LONG))], message=_QUESTION)

    assert _offered(kind, asked(upstream)) == ["list_files", "read_file", "search_file"]
    assert b"Read it with the tools search_file and read_file." in upstream.requests[-1].raw
    assert b"filler" not in upstream.requests[-1].raw
    assert notes_of(answer) == [("files_as_tools", "kitchen.pdf")]


def _offered(kind: str, body: Any) -> list[str]:
    tools = body["tools"]
    if kind == "gemini":
        return [tool["name"] for tool in tools[0]["functionDeclarations"]]
    return [tool["function"]["name"] if "function" in tool else tool["name"] for tool in tools]


async def test_a_model_without_tools_gets_the_passages_that_fit(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 4000})

    answer = await admin.ask(session["id"], "Where is salt?", content_parts=[file_part(await put(admin, _LONG))])

    asked_for = said(upstream)
    assert asked_for.startswith("These are the passages of the attached files that fit the question best.")
    assert "[kitchen.pdf, page 3, from character " in asked_for
    assert "Salt is found on this page." in asked_for
    assert "rice" not in asked_for
    assert asked_for.endswith("Where is salt?")
    assert len(asked_for) < 6000
    assert "tools" not in asked(upstream)
    assert notes_of(answer) == [("files_as_passages", "kitchen.pdf")]


async def test_a_question_that_fits_nothing_gets_the_beginning(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 4000})

    await admin.ask(session["id"], "Summarise!", content_parts=[file_part(await put(admin, _LONG))])

    assert "Page 1 is about tea." in said(upstream)


async def test_passages_are_chosen_anew_for_every_question(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 4000})
    await admin.ask(session["id"], "Where is salt?", content_parts=[file_part(await put(admin, _LONG))])

    answer = await admin.ask(session["id"], "And rice?")

    assert "Page 2 is about rice." in said(upstream)
    assert notes_of(answer) == [("files_as_passages", "kitchen.pdf")]


async def test_documents_that_do_not_all_fit_are_taken_from_the_newest_on(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile
) -> None:
    provider = await offer(calls_tools=True, context_window=8000)
    upstream.turns_of["eyes"] = [PLAIN]
    session = await admin.session(f"{provider}/eyes", name="n")
    names = ["old.txt", "middle.txt", "new.txt"]
    for name in names:
        answer = await admin.ask(session["id"], name, content_parts=[file_part(await put(admin, _medium(name)))])

    whole = [name for name in names if f"{name} says" in "".join(str(m) for m in asked(upstream)["messages"])]
    assert whole == ["middle.txt", "new.txt"]
    assert notes_of(answer) == [("files_whole", "new.txt"), ("files_as_tools", "old.txt")]


def _medium(name: str) -> Made:
    return Made(name, "text", "text/plain", pages=[f"{name} says " + "word " * 1200])


async def test_a_document_of_a_message_that_is_too_old_to_be_sent_can_still_be_looked_up(
    admin: Person, upstream: Upstream, offer: OfferModels, put: PutFile
) -> None:
    provider = await offer(calls_tools=True, context_window=2000)
    upstream.turns_of["eyes"] = [PLAIN]
    session = await admin.session(f"{provider}/eyes", name="n")
    await admin.ask(session["id"], "first", content_parts=[file_part(await put(admin, Made("a.txt", pages=["Tea."])))])
    for _ in range(3):
        answer = await admin.ask(session["id"], "long " * 700)

    assert "first" not in str(asked(upstream)["messages"])
    assert _offered("openai", asked(upstream))
    assert ("files_as_tools", "a.txt") in notes_of(answer)


async def test_a_file_that_could_not_be_read_is_told(
    admin: Person, upstream: Upstream, provider: str, put: PutFile
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    broken = Made("secret.pdf", state="failed", problem_code="file_encrypted")

    answer = await admin.ask(session["id"], content_parts=[file_part(await put(admin, broken))], message=_QUESTION)

    assert "It could not be read" in said(upstream)
    assert notes_of(answer) == [("file_unreadable", "secret.pdf")]


async def test_a_deleted_file_leaves_a_note_in_the_chat_and_for_the_model(
    admin: Person, upstream: Upstream, provider: str, put: PutFile, server_db: Database
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    ids = [await put(admin, Made("a.txt", pages=["Gone."])), await put(admin, picture("b.png"))]
    answer = await admin.ask(session["id"], content_parts=[file_part(ids[0]), image_part(ids[1])], message=_QUESTION)
    for file_id in ids:
        assert (await admin.http.delete(f"/files/{file_id}")).status_code == 204

    again = await admin.act(session["id"], answer["id"], "regenerate")
    await admin.ended(session["id"], again)

    assert said(upstream) == (
        '[The file "a.txt" was attached here. It was deleted since.]\n\n'
        '[The file "b.png" was attached here. It was deleted since.]\n\nWhat is it?'
    )
    question, new_answer = await admin.messages(session["id"])
    assert [(part["type"], part.get("code"), part.get("params")) for part in question["content_parts"][:2]] == [
        ("info", "file_deleted", {"files": "a.txt"}),
        ("info", "file_deleted", {"files": "b.png"}),
    ]
    assert notes_of(new_answer) == [("file_deleted", "a.txt, b.png")]


async def test_going_on_keeps_the_files(admin: Person, upstream: Upstream, provider: str, put: PutFile) -> None:
    session = await admin.session(f"{provider}/length", name="n")
    file_id = await put(admin, Made("a.txt", pages=["Stay."]))
    answer = await admin.ask(session["id"], "Hm?", content_parts=[file_part(file_id)])

    went_on = await admin.act(session["id"], answer["id"], "continue")
    await admin.ended(session["id"], went_on)

    question, cut, go_on = asked(upstream)["messages"]
    assert "Stay." in question["content"]
    assert cut["role"] == "assistant"
    assert "Go on" in go_on["content"]
    after = await admin.message(session["id"], answer["id"])
    assert [(part["type"], part.get("text")) for part in after["content_parts"]] == [
        ("info", None),
        ("text", "This is cut" * 2),
    ]
