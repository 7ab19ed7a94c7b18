"""What parsers write: blocks, marks that lead back, and never more than fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.files.parsers.document import MOST_MARKS, TextFull, Writer, clean, count_words

_BLOCKS = st.lists(
    st.one_of(
        st.tuples(st.just("paragraph"), st.text()),
        st.tuples(st.just("heading"), st.text()),
        st.tuples(st.just("item"), st.text()),
        st.tuples(st.just("code"), st.text()),
        st.tuples(st.just("raw"), st.text()),
        st.tuples(st.just("table"), st.text()),
    )
)


def _write(out: Writer, kind: str, words: str) -> None:
    match kind:
        case "heading":
            out.heading(2, words)
        case "table":
            out.table([[words, "b"], ["c"]])
        case _:
            getattr(out, kind)(words)


def test_blocks_are_parted_by_blank_lines_and_items_are_not() -> None:
    out = Writer()
    out.heading(1, "Fruit")
    out.item("apples")
    out.item("red\nones", depth=1)
    out.item("pears", number=12)
    out.paragraph("That is all.")
    assert out.text() == "# Fruit\n\n- apples\n    - red\n      ones\n12. pears\n\nThat is all."


def test_a_table_has_a_head_and_cells_that_cannot_break_it() -> None:
    out = Writer()
    out.item("before")
    out.table([["Name", "Note"], ["a|b", "two\nlines"], ["short"]])
    assert out.text() == "- before\n\n| Name | Note |\n| --- | --- |\n| a\\|b | two lines |\n| short |  |"


def test_a_fence_is_longer_than_any_in_its_code() -> None:
    out = Writer()
    out.code("````\nx\n````", "md")
    assert out.text() == "`````md\n````\nx\n````\n`````"


def test_what_no_database_holds_is_left_out() -> None:
    out = Writer()
    out.paragraph("a\x00b\ud800c\r\nd\ufffe")
    out.mark("page", 1, "x\x00\ny")
    assert (out.text(), out.marks[0].label) == ("abc\nd", "x y")


def test_a_text_that_is_full_keeps_what_fits() -> None:
    out = Writer(most=10)
    with pytest.raises(TextFull):
        out.paragraph("0123456789abc")
    assert out.text() == "0123456789"


def test_marks_have_an_end_too() -> None:
    out = Writer()
    for number in range(MOST_MARKS):
        out.mark("page", number)
    with pytest.raises(TextFull):
        out.mark("page", 0)


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("one two-three", 3), ("it's 12 %", 3), ("数据库 search 检索", 6), ("한국어 말", 4)]
)
def test_words_are_counted_as_people_count_them(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.lists(_BLOCKS, min_size=1, max_size=6))
def test_the_text_at_an_offset_is_the_text_of_that_page(pages: list[list[tuple[str, str]]]) -> None:
    out = Writer()
    for number, blocks in enumerate(pages, start=1):
        out.mark("page", number)
        for kind, words in blocks:
            _write(out, kind, words)
    text, marks = out.text(), out.settled_marks()
    ends = [mark.start for mark in marks[1:]] + [len(text)]
    for mark, end, blocks in zip(marks, ends, pages, strict=True):
        alone = Writer()
        for kind, words in blocks:
            _write(alone, kind, words)
        assert text[mark.start : end].rstrip("\n") == alone.text().rstrip("\n")


@given(st.text(), st.integers(0, 50))
def test_a_text_is_never_longer_than_it_may_be(words: str, most: int) -> None:
    out = Writer(most=most)
    try:
        for _ in range(3):
            out.paragraph(words)
    except TextFull:
        assert len(out.text()) == most
    assert len(out.text()) <= most


@given(st.text())
def test_clean_text_can_be_stored(words: str) -> None:
    assert "\x00" not in clean(words).encode("utf-8").decode("utf-8")
