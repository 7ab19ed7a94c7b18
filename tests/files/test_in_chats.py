"""Files in chats, with either storage: sent, told, shown and gone."""

from tests.support.app import Person, ServerThread
from tests.support.attached_files import PNG
from tests.support.chats import file_part, image_part, notes_of


async def upload(person: Person, name: str, data: bytes) -> str:
    uploaded = await person.http.post("/files/upload", files={"file": (name, data)})
    file_id: str = uploaded.json()["id"]
    return file_id


async def test_a_picture_of_a_message_is_shown_to_whoever_has_its_address(place: ServerThread, cat: Person) -> None:
    session = await cat.session("scripted/hang")
    sent = await cat.send(session["id"], content_parts=[image_part(await upload(cat, "cat.png", PNG))])
    await cat.stop(session["id"], sent["answer"]["id"])

    shown = (await cat.message(session["id"], sent["message"]["id"]))["content_parts"][0]["image"]

    async with place.browser() as stranger:
        answer = await stranger.get(shown if shown.startswith("http") else f"{place.url}{shown}")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"


async def test_what_was_uploaded_is_in_the_answer(cat: Person) -> None:
    session = await cat.session(name="n")
    file_id = await upload(cat, "notes.md", b"# Notes\n\nThe code is 4711.\n")

    answer = await cat.ask(session["id"], "Code?", content_parts=[file_part(file_id)])

    assert "The code is 4711." in answer["content_parts"][-1]["text"]
    assert notes_of(answer) == [("files_whole", "notes.md")]
