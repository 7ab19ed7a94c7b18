"""Files are read in the background: queued, shown as they progress, stopped, tried again."""

from tests.files.sending import read, send
from tests.support.app import Person, problem_of


async def test_the_text_of_a_file_can_be_had_once_it_is_read(ann: Person) -> None:
    file = await read(ann, await send(ann, "# Hello\n\nWorld, 世界.".encode(), "note.md"))

    assert (file["status"], file["problem"]) == ("ready", None)
    text = (await ann.http.get(f"/files/{file['id']}/text")).json()
    assert "世界" in text["text"]
    assert text["total"] == len(text["text"]) == file["characters"]


async def test_a_part_of_the_text_is_given_by_characters(ann: Person) -> None:
    file = await read(ann, await send(ann, "零一二三四五六七八九".encode(), "digits.txt"))

    part = (await ann.http.get(f"/files/{file['id']}/text", params={"start": 2, "end": 5})).json()

    assert (part["text"], part["start"], part["end"], part["total"]) == ("二三四", 2, 5, 10)


async def test_what_nothing_reads_fails_and_can_still_be_downloaded(ann: Person) -> None:
    content = b"PK\x05\x06" + bytes(18)
    file = await read(ann, await send(ann, content, "empty.zip"))

    assert (file["status"], file["problem"]["code"]) == ("failed", "file_unsupported")
    assert file["problem"]["detail"]
    assert problem_of(await ann.http.get(f"/files/{file['id']}/text")) == (409, "file_not_read")
    assert (await ann.http.get(f"/files/{file['id']}/content")).content == content
