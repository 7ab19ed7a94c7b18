"""Slides as Markdown."""

from io import BytesIO
from pathlib import Path

import pptx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from tests.files.parsers.reading import member, read, with_member
from tests.files.parsers.samples import pptx_file

from chatbox.files.parsers.pptx import parse_pptx


def test_slides_keep_titles_bullets_tables_groups_and_notes(tmp_path: Path) -> None:
    found = read(parse_pptx, pptx_file(), tmp_path)

    assert found.between_marks() == [
        ("Goals 目标", "## Goals 目标\n\n- outer\n    - inner\n\n> Notes: say hello\n> 问好\n\n"),
        ("", "grouped 组\n\n| wide |  | x\\|y |\n| --- | --- | --- |\n|  |  | cell |"),
    ]


def test_a_presentation_says_what_it_is(tmp_path: Path) -> None:
    meta = read(parse_pptx, pptx_file(), tmp_path).meta

    assert (meta.title, meta.author, meta.pages) == ("Plan", "Mia", 2)


def test_the_numbers_behind_a_chart_are_a_table(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the library is typed in part only
    data.categories = ["East", "西"]
    data.add_series("Q1", (1.5, None))  # type: ignore[no-untyped-call]  # as above
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(3), data)
    file = BytesIO()
    presentation.save(file)

    assert read(parse_pptx, file.getvalue(), tmp_path).text == "|  | Q1 |\n| --- | --- |\n| East | 1.5 |\n| 西 |  |"


@pytest.mark.parametrize("other", ["presentationml.slideshow", "presentationml.template"])
def test_slide_shows_and_templates_are_read_too(tmp_path: Path, other: str) -> None:
    types = member(pptx_file(), "[Content_Types].xml").replace("presentationml.presentation", other)
    found = read(parse_pptx, with_member(pptx_file(), "[Content_Types].xml", types), tmp_path)

    assert found == read(parse_pptx, pptx_file(), tmp_path)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(st.text("ab字", max_size=4), min_size=1, max_size=5))
def test_each_slide_mark_leads_to_its_own_words(tmp_path: Path, titles: list[str]) -> None:
    presentation = pptx.Presentation()
    for at, title in enumerate(titles):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = f"body {at}"
    file = BytesIO()
    presentation.save(file)

    found = read(parse_pptx, file.getvalue(), tmp_path)

    assert [mark.number for mark in found.marks] == list(range(1, len(titles) + 1))
    assert [text.strip() for _, text in found.between_marks()] == [
        f"## {title}\n\n- body {at}" if title else f"- body {at}" for at, title in enumerate(titles)
    ]
