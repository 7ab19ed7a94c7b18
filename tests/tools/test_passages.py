"""Passages of a document, and which of them fit a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.files.parsers.document import Mark
from chatbox.tools.passages import PASSAGE_CHARACTERS, Passage, cut_passages, place_of, rank, terms_of, with_places

_PAGES = [
    "Apples are red. " * 20,
    "Pears are green and grow on trees. " * 20,
    "The harvest of plums is in August. " * 20,
]
_TEXT = "".join(_PAGES)
_MARKS = [
    Mark(0, "page", 1, ""),
    Mark(len(_PAGES[0]), "page", 2, ""),
    Mark(len(_PAGES[0]) + len(_PAGES[1]), "page", 3, "iii"),
]


def best(question: str, text: str = _TEXT, marks: list[Mark] | None = None) -> Passage | None:
    hits = rank(text, cut_passages(text, _MARKS if marks is None else marks), question)
    return hits[0].passage if hits else None


@given(st.text(max_size=6000), st.lists(st.integers(0, 6000), max_size=6))
def test_passages_are_the_text_without_gaps_and_keep_to_their_pages(text: str, starts: list[int]) -> None:
    marks = [Mark(start, "page", number, "") for number, start in enumerate(sorted(starts), 1) if start <= len(text)]

    passages = cut_passages(text, marks)

    assert "".join(text[passage.start : passage.end] for passage in passages) == text
    assert all(0 < passage.end - passage.start <= PASSAGE_CHARACTERS for passage in passages)
    assert not [mark for mark in marks for passage in passages if passage.start < mark.start < passage.end]
    assert [passage.number for passage in passages] == list(range(len(passages)))


def test_a_passage_ends_where_a_paragraph_does() -> None:
    text = "a" * 1000 + "\n\n" + "b" * 1000

    assert [(passage.start, passage.end) for passage in cut_passages(text, [])] == [(0, 1002), (1002, 2002)]


@pytest.mark.parametrize(
    ("question", "page"), [("When are plums harvested?", 3), ("green pear", 2), ("What colour is an APPLE?", 1)]
)
def test_the_passage_that_fits_best_comes_first(question: str, page: int) -> None:
    found = best(question)

    assert found is not None
    assert place_of(_MARKS, found.start).startswith(f"page {page}")


def test_chinese_is_found_without_spaces() -> None:
    pages = ["苹果是红色的。" * 30, "梨是绿色的，长在树上。" * 30, "李子在八月收获。" * 30]
    marks = [Mark(sum(map(len, pages[:place])), "page", place + 1, "") for place in range(3)]

    found = best("李子什么时候收获？", "".join(pages), marks)

    assert found is not None
    assert place_of(marks, found.start) == "page 3"


def test_latin_words_in_chinese_text_are_found() -> None:
    text = "今天天气很好。" * 200 + "我们使用GPT模型。" + "今天天气很好。" * 200

    found = best("GPT", text, [])

    assert found is not None
    assert "GPT" in text[found.start : found.end]


@pytest.mark.parametrize("question", ["", "?!", "the and of", "zebra"])
def test_nothing_is_found_for_a_question_that_shares_nothing(question: str) -> None:
    assert best(question) is None


def test_part_of_a_word_is_not_the_word() -> None:
    assert best("rest", "the forest is interesting", []) is None


def test_letters_that_grow_when_lowered_do_not_lead_astray() -> None:
    text = "İ" * 500 + " treasure"

    found = best("treasure", text, [])

    assert found is not None
    assert "treasure" in text[found.start : found.end]


def test_a_long_question_is_searched_by_its_first_words() -> None:
    assert len(terms_of(" ".join(f"word{number}" for number in range(1000)))) == 32


@pytest.mark.parametrize(
    ("marks", "offset", "place"),
    [
        ([], 5, ""),
        (_MARKS, 0, "page 1"),
        (_MARKS, len(_TEXT), "page 3 (iii)"),
        ([Mark(3, "slide", 1, "Intro")], 1, ""),
        ([Mark(0, "sheet", 2, "Prices")], 1, "sheet 2 (Prices)"),
        ([Mark(0, "section", 1, "Methods")], 9, "section “Methods”"),
        ([Mark(0, "section", 4, "")], 9, "section 4"),
        ([Mark(0, "page", 1, ""), Mark(2, "section", 1, "Methods")], 9, "page 1"),
    ],
)
def test_an_offset_leads_back_to_its_place(marks: list[Mark], offset: int, place: str) -> None:
    assert place_of(marks, offset) == place


def test_a_text_is_shown_with_its_pages() -> None:
    marks = [Mark(0, "page", 1, ""), Mark(4, "page", 2, ""), Mark(4, "section", 1, "x"), Mark(8, "page", 3, "")]

    assert with_places("one\ntwo\nend", marks) == "[page 1]\none\n[page 2]\ntwo\n[page 3]\nend"
    assert with_places("one\ntwo\nend", marks, 5, 9) == "wo\n[page 3]\ne"
