"""What a person sees of the reading: its text, why there is none, and how to stop and try again."""

import asyncio

from tests.files.sending import get, read, send
from tests.support.app import Person, problem_of


async def test_the_text_of_a_file_can_be_had_once_it_is_read(reader: Person) -> None:
    file = await read(reader, await send(reader, "# Hello\n\nWorld, 世界.".encode(), "note.md"))

    assert (file["status"], file["problem"], file["progress"]) == ("ready", None, None)
    text = (await reader.http.get(f"/files/{file['id']}/text")).json()
    assert "世界" in text["text"]
    assert text["total"] == len(text["text"]) == file["characters"]
    assert text["meta"]["words"] > 0


async def test_a_part_of_the_text_is_given_by_characters(reader: Person) -> None:
    file = await read(reader, await send(reader, "零一二三四五六七八九".encode(), "digits.txt"))

    part = (await reader.http.get(f"/files/{file['id']}/text", params={"start": 2, "end": 5})).json()
    beyond = (await reader.http.get(f"/files/{file['id']}/text", params={"start": 50, "end": 60})).json()

    assert (part["text"], part["start"], part["end"], part["total"]) == ("二三四", 2, 5, 10)
    assert (beyond["text"], beyond["start"], beyond["end"]) == ("", 10, 10)


async def test_a_part_comes_with_its_marks_and_the_one_that_it_begins_in(reader: Person) -> None:
    chapters = "".join(f"# Chapter {number}\n\nWords of it.\n\n" for number in range(1, 5))
    file = await read(reader, await send(reader, chapters.encode(), "book.md"))

    async def labels(**part: int) -> list[str]:
        told = (await reader.http.get(f"/files/{file['id']}/text", params=part)).json()
        return [mark["label"] for mark in told["marks"]]

    marks = (await reader.http.get(f"/files/{file['id']}/text")).json()["marks"]
    _, second, third, fourth = [mark["start"] for mark in marks]
    assert await labels() == ["Chapter 1", "Chapter 2", "Chapter 3", "Chapter 4"]
    assert await labels(start=second, end=third) == ["Chapter 2"]
    assert await labels(start=second + 3, end=third + 1) == ["Chapter 2", "Chapter 3"]
    assert await labels(start=third - 1, end=third) == ["Chapter 2"]
    assert await labels(start=fourth + 2, end=10**9) == ["Chapter 4"]
    assert await labels(start=third + 1, end=third + 1) == ["Chapter 3"]


async def test_what_nothing_reads_fails_and_can_still_be_downloaded(cat: Person) -> None:
    content = b"\x1aE\xdf\xa3 a film"
    file = await read(cat, await send(cat, content, "film.webm"))

    assert (file["status"], file["problem"]["code"]) == ("failed", "file_unsupported")
    assert file["problem"]["detail"]
    assert problem_of(await cat.http.get(f"/files/{file['id']}/text")) == (409, "file_not_read")
    assert (await cat.http.get(f"/files/{file['id']}/content?inline=1")).content == content


async def test_an_empty_file_says_so_in_the_reader_s_language(ann: Person) -> None:
    file = await read(ann, await send(ann, b"", "empty.txt"))

    chinese = (await ann.http.get(f"/files/{file['id']}", headers={"accept-language": "zh-CN"})).json()
    assert file["problem"]["code"] == chinese["problem"]["code"] == "file_empty"
    assert file["problem"]["detail"] != chinese["problem"]["detail"]


async def test_reading_can_be_stopped_and_begun_again(reader: Person) -> None:
    file = await send(reader, b"word " * 10_000, "long.txt")

    stopped = (await reader.http.post(f"/files/{file['id']}/cancel")).json()
    if stopped["status"] != "ready":  # it may have been quick
        assert stopped["problem"]["code"] == "file_reading_stopped"
    again = (await reader.http.post(f"/files/{file['id']}/read")).json()

    assert again["status"] in {"queued", "reading", "ready"}
    assert (await read(reader, file))["status"] == "ready"


async def test_a_file_that_was_read_is_not_read_again(reader: Person) -> None:
    file = await read(reader, await send(reader, b"once", "a.txt"))

    assert (await reader.http.post(f"/files/{file['id']}/read")).json()["status"] == "ready"


async def test_the_same_bytes_are_read_once(reader: Person) -> None:
    one = await read(reader, await send(reader, b"the same words", "a.txt"))

    two = await send(reader, b"the same words", "b.txt")

    assert (await get(reader, two))["status"] == one["status"] == "ready"


async def test_files_of_several_people_are_read_side_by_side(ann: Person, bob: Person) -> None:
    files = await asyncio.gather(send(ann, b"ann's words", "a.txt"), send(bob, b"bob's words", "b.txt"))

    texts = [(await read(who, file))["status"] for who, file in zip((ann, bob), files, strict=True)]

    assert texts == ["ready", "ready"]
