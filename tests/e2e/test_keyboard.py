"""Everything by keyboard, and the focus where one expects it."""

import pytest
from playwright.async_api import expect
from tests.e2e.tab import OPEN_MENU
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_new_chat_takes_the_focus_to_its_composer(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="Something")
    await tab.settled()

    await tab.page.keyboard.press("Control+Shift+O")

    await expect(tab.by("heading", "What is on your mind?")).to_be_visible()
    await expect(tab.composer).to_be_focused()


async def test_the_focus_stays_in_the_composer_when_a_message_is_sent(visitor: Visitor) -> None:
    tab = await visitor.tab("/")
    await tab.ask("The first message")
    await expect(tab.questions).to_have_text(["The first message"])

    await expect(tab.composer).to_be_focused()


async def test_escape_stops_the_answer(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-500", asking="Count, please")
    await expect(tab.answer).to_contain_text("token3")

    await tab.page.keyboard.press("Escape")

    await expect(tab.answer).to_contain_text("Stopped")


async def test_shift_enter_makes_a_new_line(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.composer.fill("One")

    await tab.composer.press("Shift+Enter")
    await tab.page.keyboard.type("Two")

    await expect(tab.composer).to_have_value("One\nTwo")


async def test_a_question_mark_opens_the_help_and_escape_gives_the_focus_back(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    find = tab.button("Find in this chat")
    await find.focus()
    await tab.page.keyboard.press("?")
    await expect(tab.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

    await tab.page.keyboard.press("Escape")

    await expect(tab.page.get_by_role("dialog")).to_be_hidden()
    await expect(find).to_be_focused()


@pytest.mark.parametrize("opener", ["Chat settings", "Actions for “Focused”"])
async def test_what_opens_from_a_button_gives_the_focus_back_to_it(visitor: Visitor, opener: str) -> None:
    tab = await visitor.chat("echo", name="Focused")
    button = tab.page.get_by_role("main").get_by_role("button", name=opener, exact=True)
    await button.focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("dialog").or_(tab.page.locator(OPEN_MENU))).to_be_visible()

    await tab.page.keyboard.press("Escape")

    await expect(button).to_be_focused()


async def test_the_list_of_chats_is_hidden_and_searched_by_key(visitor: Visitor) -> None:
    tab = await visitor.tab("/")
    await expect(tab.composer).to_be_focused()
    await tab.page.keyboard.press("Control+K")
    await expect(tab.page.get_by_role("searchbox", name="Search chats")).to_be_focused()

    await tab.page.keyboard.press("Control+B")

    await expect(tab.sidebar).to_be_hidden()
    await tab.page.keyboard.press("Control+B")
    await expect(tab.sidebar).to_be_visible()


async def test_a_slash_leads_to_the_composer(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.button("Chat settings").focus()

    await tab.page.keyboard.press("/")

    await expect(tab.composer).to_be_focused()
    await expect(tab.composer).to_have_value("")


async def test_words_are_found_in_the_thread(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="A needle in the hay")
    await tab.settled()
    await tab.page.keyboard.press("Control+F")

    await tab.page.get_by_placeholder("Find", exact=True).fill("needle")

    await expect(tab.page.get_by_text("2 of 2").or_(tab.page.get_by_text("1 of 2"))).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_placeholder("Find", exact=True)).to_be_hidden()


async def test_the_first_tab_stop_skips_to_the_conversation(visitor: Visitor) -> None:
    tab = await visitor.tab("/account")
    await expect(tab.by("heading", "Account")).to_be_visible()
    await tab.page.keyboard.press("Tab")
    await expect(tab.by("link", "Skip to the conversation")).to_be_focused()

    await tab.page.keyboard.press("Enter")

    await expect(tab.page.get_by_role("main")).to_be_focused()


async def test_a_dialog_from_a_menu_gives_the_focus_back_to_the_menu_s_button(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", name="Focused")
    button = tab.page.get_by_role("main").get_by_role("button", name="Actions for “Focused”", exact=True)
    await button.focus()
    await tab.page.keyboard.press("Enter")
    await tab.by("menuitem", "Rename").press("Enter")
    await expect(tab.page.get_by_role("textbox", name="Title")).to_be_focused()

    await tab.page.keyboard.press("Escape")

    await expect(button).to_be_focused()
