"""The tools by which a model reads files that are too long to be shown whole."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chatbox.files.attached import FileText
from chatbox.files.parsers.document import Mark
from chatbox.kernel.ids import new_id
from chatbox.tools.files import Listed, file_tools
from chatbox.tools.port import ToolContext, ToolOutput, ToolRefused

_PAGES = [
    f"Page {number} is about {topic}. " + "filler " * 60 for number, topic in enumerate(["tea", "rice", "salt"], 1)
]
_TEXT = "".join(_PAGES)
_MARKS = [Mark(sum(map(len, _PAGES[:place])), "page", place + 1, "") for place in range(3)]


@dataclass
class Shelf:
    """Files in memory; what has no text is gone."""

    texts: dict[str, FileText] = field(default_factory=dict)
    files: list[Listed] = field(default_factory=list)

    def put(self, filename: str, text: FileText | None, pages: int | None = None) -> None:
        self.files.append(Listed(filename, filename, "application/pdf", len(text.text) if text else 9, pages))
        if text is not None:
            self.texts[filename] = text

    async def text(self, key: str) -> FileText | None:
        return self.texts.get(key)


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf()
    made.put("kitchen.pdf", FileText(_TEXT, _MARKS), 3)
    made.put("notes.txt", FileText("Pepper is black.", []))
    made.put("lost.txt", None)
    return made


async def use(shelf: Shelf, name: str, most_characters: int = 50_000, **arguments: Any) -> ToolOutput:
    tool = next(tool for tool in file_tools(shelf) if tool.spec.name == name)
    return await tool.call(ToolContext(new_id(), new_id(), most_characters), arguments)


async def refusal(shelf: Shelf, name: str, **arguments: Any) -> str:
    with pytest.raises(ToolRefused) as caught:
        await use(shelf, name, **arguments)
    return str(caught.value)


async def test_the_list_says_what_there_is(shelf: Shelf) -> None:
    listed = (await use(shelf, "list_files")).text.splitlines()

    assert listed[0] == f"1. kitchen.pdf (application/pdf, 3 pages, {len(_TEXT)} characters)"
    assert listed[1] == "2. notes.txt (application/pdf, 16 characters)"


async def test_a_page_is_read_by_its_number(shelf: Shelf) -> None:
    page = (await use(shelf, "read_file", file="kitchen.pdf", page=2)).text

    assert "Page 2 is about rice" in page
    assert "Page 1" not in page
    assert "Page 3" not in page
    assert page.startswith(f"[kitchen.pdf, characters {len(_PAGES[0])} to")
    assert "beginning on page 2" in page


@pytest.mark.parametrize("file", ["1", 1, "kitchen.pdf", "KITCHEN"])
async def test_a_file_is_named_by_its_number_or_its_name(shelf: Shelf, file: object) -> None:
    assert "Page 1 is about tea" in (await use(shelf, "read_file", file=file)).text


async def test_a_range_is_read_by_characters_and_says_how_to_go_on(shelf: Shelf) -> None:
    part = (await use(shelf, "read_file", file="1", start="5", length=20.0)).text

    assert part.splitlines()[1] == _TEXT[5:25]
    assert part.endswith("[To go on, call read_file with start 25.]")


async def test_the_end_of_a_file_is_told(shelf: Shelf) -> None:
    assert (await use(shelf, "read_file", file="2")).text.endswith("[The end of the file.]")


async def test_no_more_is_read_than_there_is_room_for(shelf: Shelf) -> None:
    assert len((await use(shelf, "read_file", most_characters=800, file="1")).text) <= 800


async def test_a_page_can_be_read_on(shelf: Shelf) -> None:
    start = len(_PAGES[0]) + 10

    part = (await use(shelf, "read_file", file="1", page=2, start=start)).text

    assert part.startswith(f"[kitchen.pdf, characters {start} to {len(_PAGES[0]) + len(_PAGES[1])}")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "no such file"),
        ({"file": "9"}, "no such file"),
        ({"file": "."}, "no such file"),
        ({"file": "lost.txt"}, "gone"),
        ({"file": "1", "page": 7}, "no page 7. Its pages: from 1 to 3"),
        ({"file": "2", "page": 1}, "no page 1. Its pages: none"),
        ({"file": "1", "start": 10**9}, "start must be less"),
        ({"file": "1", "start": -1}, "start must be less"),
        ({"file": "1", "page": "two"}, "`page` must be a whole number"),
        ({"file": "1", "length": [1]}, "`length` must be a whole number"),
        ({"file": "1", "length": True}, "`length` must be a whole number"),
    ],
)
async def test_what_cannot_be_read_is_explained(shelf: Shelf, arguments: dict[str, Any], why: str) -> None:
    assert why in await refusal(shelf, "read_file", **arguments)


async def test_a_page_without_text_is_explained() -> None:
    shelf = Shelf()
    shelf.put("scan.pdf", FileText("words", [Mark(0, "page", 1, ""), Mark(0, "page", 2, "")]), 2)

    assert "no text on page 1" in await refusal(shelf, "read_file", file="1", page=1)


async def test_a_search_finds_the_passage_and_says_where_it_is(shelf: Shelf) -> None:
    found = (await use(shelf, "search_file", query="rice", file="kitchen.pdf")).text

    assert found.startswith(f"[kitchen.pdf, page 2, from character {len(_PAGES[0])}]\nPage 2 is about rice")


async def test_a_search_without_a_file_looks_into_all_of_them(shelf: Shelf) -> None:
    assert (await use(shelf, "search_file", query="pepper")).text == "[notes.txt, from character 0]\nPepper is black."


async def test_a_search_that_finds_nothing_says_so(shelf: Shelf) -> None:
    assert "Nothing was found" in (await use(shelf, "search_file", query="zebra")).text


async def test_a_search_gives_whole_passages_as_far_as_there_is_room(shelf: Shelf) -> None:
    found = (await use(shelf, "search_file", most_characters=700, query="filler")).text

    assert found.count("[kitchen.pdf") == 1


@pytest.mark.parametrize("arguments", [{}, {"query": " "}, {"query": 3}])
async def test_a_search_needs_words(shelf: Shelf, arguments: dict[str, Any]) -> None:
    assert "`query`" in await refusal(shelf, "search_file", **arguments)


async def test_every_tool_tells_its_schema(shelf: Shelf) -> None:
    specs = [tool.spec for tool in file_tools(shelf)]

    assert [spec.name for spec in specs] == ["list_files", "read_file", "search_file"]
    assert all(spec.description and spec.schema["type"] == "object" for spec in specs)
