"""Long threads and long answers stay small in the browser, whatever their length."""

import re

import pytest
from playwright.async_api import expect
from tests.e2e.seeds import write_thread
from tests.e2e.tab import PATIENCE_MS, Tab
from tests.e2e.visitor import Visitor
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGES = 5_000
PARTS = 60
# Any of them: while the machine is busy one turn of the wheel may go past a single message.
FAR_ABOVE_THE_END = re.compile(r"Message number ([1-3]\d{3}|4[0-5]\d\d)\.")


async def long_thread(visitor: Visitor, server: ServerThread) -> Tab:
    session = await visitor.me.session("scripted/echo", name="A long one")
    await write_thread(server.database_url, session["id"], messages=MESSAGES)
    tab = await visitor.tab(f"/chat/{session['id']}")
    await expect(tab.answer).to_contain_text(f"Message number {MESSAGES}.")
    return tab


async def test_a_thread_of_thousands_opens_at_its_end_with_a_small_page(visitor: Visitor, server: ServerThread) -> None:
    tab = await long_thread(visitor, server)

    await expect(tab.answer).to_be_in_viewport()
    assert await tab.nodes() < 1_500


async def test_older_messages_come_while_one_scrolls_and_the_page_stays_small(
    visitor: Visitor, server: ServerThread
) -> None:
    tab = await long_thread(visitor, server)
    await tab.thread.hover()

    await tab.scroll_until(tab.thread.get_by_text(FAR_ABOVE_THE_END), by=-3_000)

    assert await tab.nodes() < 3_000
    await tab.button("Jump to the end").click()
    await expect(tab.answer).to_contain_text(f"Message number {MESSAGES}.")
    await expect(tab.answer).to_be_in_viewport()


async def test_words_are_found_in_messages_that_were_never_shown(visitor: Visitor, server: ServerThread) -> None:
    tab = await long_thread(visitor, server)
    await tab.page.keyboard.press("Control+F")

    await tab.page.get_by_placeholder("Find", exact=True).fill("number 17.")

    await expect(tab.page.get_by_text("1 of 1")).to_be_visible()
    await expect(tab.thread.get_by_text("Message number 17.")).to_be_in_viewport()
    assert await tab.nodes() < 3_000


async def test_a_new_message_in_a_long_thread_is_answered_at_its_end(visitor: Visitor, server: ServerThread) -> None:
    tab = await long_thread(visitor, server)

    await tab.ask("Is the end still here?")

    await expect(tab.answer).to_contain_text("Is the end still here?")
    await expect(tab.answer).to_be_in_viewport()


async def test_a_long_answer_leaves_the_page_to_its_reader_while_it_is_written(visitor: Visitor) -> None:
    tab = await visitor.chat("long-200k", asking="At length, please")
    half = tab.thread.get_by_role("heading", name=f"Part {PARTS}", exact=True)
    await expect(half).to_be_visible(timeout=2 * PATIENCE_MS)

    await tab.composer.press_sequentially("Enough")
    await expect(tab.composer).to_have_value("Enough")
    await tab.page.keyboard.press("Escape")

    await tab.settled()
    await expect(half).to_be_attached()
    # A part is about 1,700 characters with a diagram, formulas and coloured code in it.
    assert await tab.nodes() < PARTS * 500
