"""The sample of everything that Markdown can say, as a browser shows it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walk(server: ServerThread) -> str:
    """Where the sample stands: one chat for all of these tests, which only read it."""
    async with server.resident("reader") as person:
        session = await person.session("scripted/markdown")
        await person.ask(session["id"], "Show me everything")
    return f"/chat/{session['id']}"


@pytest_asyncio.fixture(loop_scope="session")
async def reader(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    async with server.resident("reader") as person, visitor_at(server, chromium, person) as visitor:
        yield visitor


async def sample(reader: Visitor, walk: str) -> Tab:
    tab = await reader.tab(walk)
    await expect(tab.answer).to_contain_text("A footnote, which comes last.")
    return tab


async def test_code_is_coloured_and_copied_as_it_is(reader: Visitor, walk: str) -> None:
    await reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = await sample(reader, walk)
    block = tab.answer.get_by_role("figure").filter(has_text="python")
    await expect(block.locator("code span").filter(has_text="def").first).to_be_visible()

    await block.get_by_role("button", name="Copy", exact=True).click()

    await expect(block.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    copied: str = await tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("def fibonacci(count: int) -> list[int]:\n    ")
    assert copied.rstrip().endswith("return numbers[:count]")


async def test_a_table_is_a_table(reader: Visitor, walk: str) -> None:
    tab = await sample(reader, walk)

    table = tab.answer.get_by_role("table")

    await expect(table.get_by_role("columnheader")).to_have_text(["Planet", "Radius (km)", "Moons"])
    await expect(table.get_by_role("row")).to_have_count(4)


async def test_formulas_are_typeset(reader: Visitor, walk: str) -> None:
    tab = await sample(reader, walk)

    await expect(tab.answer.get_by_role("math")).to_have_count(2)
    await expect(tab.answer.locator(".katex-display")).to_be_visible()
    await expect(tab.answer).not_to_contain_text("$$")


async def test_a_diagram_is_drawn_as_a_picture_that_can_do_nothing(reader: Visitor, walk: str) -> None:
    tab = await sample(reader, walk)
    picture = tab.answer.get_by_role("img", name="Diagram")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("complete", value=True)
    assert await picture.evaluate("picture => picture.naturalWidth") > 100

    await tab.button("Show its source").click()

    await expect(tab.answer).to_contain_text("person[A person] -->|asks| server")


async def test_lists_quotations_and_footnotes_are_what_they_are(reader: Visitor, walk: str) -> None:
    tab = await sample(reader, walk)

    await expect(tab.answer.get_by_role("heading", name="A walk through Markdown")).to_be_visible()
    await expect(tab.answer.get_by_role("blockquote")).to_contain_text("A quotation, over two lines.")
    await expect(tab.answer.get_by_role("checkbox", name="Done", exact=True)).to_be_checked()
    await expect(tab.answer.get_by_role("checkbox", name="Open", exact=True)).not_to_be_checked()


async def test_an_answer_is_copied_as_markdown(reader: Visitor, walk: str) -> None:
    await reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = await sample(reader, walk)

    await tab.page.keyboard.press("Control+Shift+C")

    await expect(tab.page.get_by_text("Copied", exact=True)).to_be_visible()
    copied: str = await tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# A walk through Markdown\n\nThis answer holds")
    assert copied.rstrip().endswith("[^1]: A footnote, which comes last.")
