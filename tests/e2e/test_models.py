"""Choosing a model, and how one chat talks to it."""

import pytest
from playwright.async_api import expect
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_model_is_chosen_by_keyboard_alone(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.composer.press("Tab")
    await expect(tab.button("Attach files")).to_be_focused()
    await tab.page.keyboard.press("Tab")
    await expect(tab.button("Model: echo")).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("combobox", name="Search models")).to_be_focused()
    await tab.page.keyboard.type("reas")
    await expect(tab.page.get_by_role("option")).to_have_text(["reasoning"])

    await tab.page.keyboard.press("Enter")

    await expect(tab.button("Model: reasoning")).to_be_visible()
    await tab.ask("Think")
    await expect(tab.answer).to_contain_text("The answer is 42.")


async def test_arrows_step_through_the_models_and_around_their_end(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.button("Model: echo").click()
    search = tab.page.get_by_role("combobox", name="Search models")
    options = tab.page.get_by_role("option")
    await search.fill("a")
    names = await options.all_text_contents()

    for _ in names:
        await search.press("ArrowDown")
    await search.press("ArrowUp")
    await search.press("Enter")

    await expect(tab.button(f"Model: {names[-1]}")).to_be_visible()


async def test_the_last_chosen_model_is_that_of_the_next_chat(visitor: Visitor) -> None:
    tab = await visitor.tab("/")
    await tab.page.get_by_role("button", name="Model: ").click()
    await tab.by("option", "reasoning").click()

    await tab.page.reload()

    await expect(tab.button("Model: reasoning")).to_be_visible()


async def test_an_answer_is_given_again_by_another_model(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="Why?")
    await tab.settled()
    await tab.press_on(tab.answer, "More")
    await tab.by("menuitem", "Answer again with").click()
    dialog = tab.page.get_by_role("dialog", name="Answer again with")
    await dialog.get_by_role("button", name="Model: echo", exact=True).click()
    await tab.by("option", "reasoning").click()

    await dialog.get_by_role("button", name="Answer again", exact=True).click()

    await expect(tab.answer).to_contain_text("The answer is 42.")
    await expect(tab.answer.get_by_role("img", name="Version 2 of 2")).to_be_visible()


async def settings(tab: Tab) -> None:
    await tab.button("Chat settings").click()
    await expect(tab.page.get_by_role("dialog", name="Chat settings")).to_be_visible()


async def test_the_settings_of_a_chat_are_kept(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await settings(tab)
    await tab.page.get_by_role("textbox", name="Instructions").fill("Answer like a pirate.")
    await tab.page.get_by_role("textbox", name="Temperature").fill("0.3")
    await tab.page.get_by_role("combobox", name="Thinking").click()
    await tab.by("option", "A little").click()
    await tab.button("Save").click()
    await expect(tab.page.get_by_role("dialog")).to_be_hidden()

    await tab.page.reload()
    await settings(tab)

    await expect(tab.page.get_by_role("textbox", name="Instructions")).to_have_value("Answer like a pirate.")
    await expect(tab.page.get_by_role("textbox", name="Temperature")).to_have_value("0.3")
    await expect(tab.page.get_by_role("combobox", name="Thinking")).to_have_text("A little")


async def test_a_setting_out_of_its_range_is_refused_where_it_is_typed(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await settings(tab)

    await tab.page.get_by_role("textbox", name="Temperature").fill("7")

    await expect(tab.page.get_by_text("A number from 0 to 2")).to_be_visible()
    await expect(tab.button("Save")).to_be_disabled()
