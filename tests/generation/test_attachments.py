"""Files in messages: whose they are, what is stored of them, and what is told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.app import NOBODY, Person, ServerThread, problem_of
from tests.support.attached_files import PNG, Made, picture
from tests.support.chats import PutFile, file_part, image_part

from chatbox.kernel.db import Database

MakePart = Callable[[str], dict[str, str]]
_PARTS = [pytest.param(file_part, id="file"), pytest.param(image_part, id="image")]
_REPORT = Made("report.pdf", pages=["One page."])


async def stored(db: Database, message_id: str) -> list[dict[str, Any]]:
    async with db.begin() as tx:
        parts: list[dict[str, Any]] = await tx.scalar(_STORED, {"id": message_id})
    return parts


_STORED = text("SELECT content_parts FROM messages WHERE id = CAST(:id AS uuid)")


async def uses_of(person: Person, file_id: str) -> int:
    uses: int = (await person.http.get(f"/files/{file_id}")).json()["uses"]
    return uses


async def test_a_message_carries_files_by_the_names_that_they_have_here(
    ann: Person, put: PutFile, server_db: Database
) -> None:
    session = await ann.session()
    pdf, png = await put(ann, _REPORT), await put(ann, picture("cat.png"))

    sent = await ann.send(session["id"], "Look", content_parts=[file_part(pdf), image_part(png)])

    assert await stored(server_db, sent["message"]["id"]) == [
        {"type": "file", "fileId": pdf, "filename": "report.pdf", "mimeType": "application/pdf"},
        {"type": "image", "image": png, "fileId": png, "filename": "cat.png"},
        {"type": "text", "text": "Look"},
    ]


async def test_a_picture_is_told_by_its_own_address_and_read_by_a_signed_one(
    server: ServerThread, ann: Person, put: PutFile
) -> None:
    session = await ann.session()
    file_id = await put(ann, picture("cat.png"))
    sent = await ann.send(session["id"], "Look", content_parts=[image_part(file_id)])
    async with ann.socket(session["id"], after=0) as stream:
        told = (await stream.until("message_created"))[-1]["data"]["message"]["content_parts"][0]

    shown = (await ann.message(session["id"], sent["message"]["id"]))["content_parts"][0]

    address = f"/api/v1/files/{file_id}/content"
    expected = {"type": "image", "image": address, "fileId": file_id, "filename": "cat.png"}
    assert told == sent["message"]["content_parts"][0] == expected
    assert shown == {**expected, "image": shown["image"]} != expected
    async with server.browser() as stranger:
        assert (await stranger.get(f"{server.url}{shown['image']}")).content == PNG
        assert (await stranger.get(f"{server.url}{address}")).status_code == 401
    assert (await ann.http.get(f"{server.url}{address}")).content == PNG


async def test_what_was_read_can_be_sent_again(ann: Person, put: PutFile, server_db: Database) -> None:
    session = await ann.session()
    parts = [image_part(await put(ann, picture())), file_part(await put(ann, _REPORT))]
    sent = await ann.send(session["id"], "Look", content_parts=parts)
    shown = (await ann.message(session["id"], sent["message"]["id"]))["content_parts"]

    edited = await ann.act(session["id"], sent["message"]["id"], "edit", content_parts=shown)

    assert await stored(server_db, edited["message"]["id"]) == await stored(server_db, sent["message"]["id"])


async def test_what_is_no_picture_is_not_shown_as_one(ann: Person, put: PutFile) -> None:
    session = await ann.session()

    sent = await ann.send(session["id"], content_parts=[image_part(await put(ann, _REPORT))])

    assert [part["type"] for part in sent["message"]["content_parts"]] == ["file", "text"]


async def test_the_same_file_is_carried_once(ann: Person, put: PutFile) -> None:
    session = await ann.session()
    file_id = await put(ann, _REPORT)

    sent = await ann.send(session["id"], content_parts=[file_part(file_id), file_part(file_id.upper())])

    assert [part["type"] for part in sent["message"]["content_parts"]] == ["file", "text"]


async def test_a_session_without_words_is_named_after_its_files(ann: Person, put: PutFile) -> None:
    session = await ann.session("scripted/hang")
    body = {"content_parts": [file_part(await put(ann, _REPORT)), image_part(await put(ann, picture("cat.png")))]}

    sent = (await ann.http.post(f"/sessions/{session['id']}/messages", json=body)).json()

    assert (await ann.http.get(f"/sessions/{session['id']}")).json()["name"] == "report.pdf, cat.png"
    await ann.stop(session["id"], sent["answer"]["id"])


async def test_every_message_that_carries_a_file_uses_it(ann: Person, put: PutFile) -> None:
    session = await ann.session()
    file_id = await put(ann, _REPORT)
    first = await ann.send(session["id"], content_parts=[file_part(file_id)])
    await ann.ended(session["id"], first)
    edited = await ann.act(
        session["id"], first["message"]["id"], "edit", message="Other", content_parts=[file_part(file_id)]
    )
    await ann.ended(session["id"], edited)
    again = await ann.act(session["id"], edited["answer"]["id"], "regenerate")
    await ann.ended(session["id"], again)
    await ann.act(session["id"], again["answer"]["id"], "edit", message="Mine", content_parts=[file_part(file_id)])

    assert await uses_of(ann, file_id) == 3


async def test_a_file_goes_with_the_last_message_that_carries_it(ann: Person, put: PutFile) -> None:
    session = await ann.session()
    file_id = await put(ann, _REPORT)
    sent = await ann.send(session["id"], content_parts=[file_part(file_id)])
    await ann.ended(session["id"], sent)

    await ann.http.delete(f"/sessions/{session['id']}/messages/{sent['message']['id']}")

    assert problem_of(await ann.http.get(f"/files/{file_id}")) == (404, "file_not_found")


@pytest.mark.parametrize("part", _PARTS)
@pytest.mark.parametrize("whose", ["another's", "nobody's", "no id"])
async def test_only_ones_own_files_can_be_sent(
    ann: Person, bob: Person, put: PutFile, part: MakePart, whose: str
) -> None:
    session = await ann.session()
    sent = await ann.send(session["id"])
    await ann.ended(session["id"], sent)
    before = await ann.messages(session["id"], view="tree")
    file_id = {"another's": await put(bob, picture()), "nobody's": NOBODY, "no id": "../../etc/passwd"}[whose]
    body = {"message": "Mine?", "content_parts": [part(file_id)]}
    path = f"/sessions/{session['id']}/messages"

    for way in ("", f"/{sent['message']['id']}/edit", f"/{sent['answer']['id']}/edit"):
        assert problem_of(await ann.http.post(f"{path}{way}", json=body)) == (404, "file_not_found")
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        await stream.say("send_message", body)
        refused = (await stream.until("error"))[-1]

    assert refused["data"]["code"] == "file_not_found"
    assert await ann.messages(session["id"], view="tree") == before


async def test_a_part_that_names_two_files_means_the_one_that_it_carries(
    ann: Person, bob: Person, put: PutFile
) -> None:
    session = await ann.session()
    mine, theirs = await put(ann, picture()), await put(bob, picture())

    sent = await ann.send(session["id"], content_parts=[{"type": "image", "image": theirs, "fileId": mine}])

    assert sent["message"]["content_parts"][0]["fileId"] == mine


async def test_a_file_cannot_be_read_through_a_chat_after_it_was_deleted(ann: Person, put: PutFile) -> None:
    session = await ann.session()
    file_id = await put(ann, Made("a.txt", pages=["Secret words."]))
    await ann.ask(session["id"], content_parts=[file_part(file_id)])
    await ann.http.delete(f"/files/{file_id}")

    answer = await ann.ask(session["id"], "What was in it?")

    assert "Secret words." not in str(answer["content_parts"])
