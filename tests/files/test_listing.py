"""All of one's files: newest first, searched, by kind, in pages, and how much room they take."""

from collections.abc import AsyncIterator

import pytest
from tests.files.sending import send
from tests.support.app import Person, ServerThread

PROGRAM = b"\x7fELF"


async def names(person: Person, **query: str) -> list[str]:
    page = (await person.http.get("/files", params=query)).json()
    return [file["filename"] for file in page["items"]]


@pytest.fixture
async def owner(server: ServerThread) -> AsyncIterator[Person]:
    """Somebody with four files."""
    async with server.resident("owner") as person:
        if not (await person.http.get("/files")).json()["items"]:
            for number, name in enumerate(["one.bin", "100%.bin", "a_b.bin"]):
                await send(person, PROGRAM + bytes([number]), name)
            await send(person, b"\x89PNG\r\n\x1a\n", "Photo.png")
        yield person


async def test_the_newest_file_comes_first(owner: Person) -> None:
    assert await names(owner) == ["Photo.png", "a_b.bin", "100%.bin", "one.bin"]


@pytest.mark.parametrize(
    ("query", "found"), [("%", ["100%.bin"]), ("_", ["a_b.bin"]), ("PHOTO", ["Photo.png"]), ("\\", [])]
)
async def test_names_are_searched_as_they_are_written(owner: Person, query: str, found: list[str]) -> None:
    assert await names(owner, query=query) == found


async def test_files_are_shown_by_kind(owner: Person) -> None:
    assert await names(owner, kind="image") == ["Photo.png"]
    assert await names(owner, kind="table") == []
    assert len(await names(owner, kind="other")) == 3


async def test_a_page_leads_to_the_next(owner: Person) -> None:
    first = (await owner.http.get("/files", params={"limit": 3})).json()
    rest = (await owner.http.get("/files", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [file["filename"] for file in rest["items"]] == ["one.bin"]
    assert rest["next_cursor"] is None


async def test_a_cursor_that_is_none_is_refused(owner: Person) -> None:
    assert (await owner.http.get("/files", params={"cursor": "x"})).status_code == 422


async def test_the_room_that_files_take_is_counted(owner: Person) -> None:
    assert (await owner.http.get("/files/usage")).json() == {
        "used": 5 + 5 + 5 + 8,
        "quota": 1000 * 2**20,
        "upload_limit": 10 * 2**20,
        "count": 4,
    }
