"""Answers in the page: written while one looks, stopped, continued, given again, edited, waited for."""

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


def tokens(count: int) -> str:
    """What the paced model says."""
    return " ".join(f"token{number}" for number in range(count))


async def test_an_answer_shows_while_it_is_written(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-100", asking="Count, please")

    await expect(tab.answer).to_contain_text("token10")
    await expect(tab.answer).not_to_contain_text("token99")
    await expect(tab.stop).to_be_visible()
    await expect(tab.answer).to_contain_text(tokens(100))
    await tab.settled()


async def test_a_new_chat_begins_with_its_first_message(visitor: Visitor) -> None:
    tab = await visitor.tab("/")

    await tab.ask("A question about bees")

    await tab.page.wait_for_url("**/chat/*")
    await expect(tab.questions).to_have_text(["A question about bees"])
    await expect(tab.chat_link("A question about bees")).to_be_visible()


async def test_thoughts_are_folded_until_somebody_wants_them(visitor: Visitor) -> None:
    tab = await visitor.chat("reasoning", asking="Why?")
    thoughts = tab.answer.get_by_role("button", name="Thoughts", exact=True)
    await expect(thoughts).to_have_attribute("aria-expanded", "false")
    await expect(tab.answer).to_contain_text("The answer is 42.")
    await expect(tab.answer).not_to_contain_text("from the left")

    await thoughts.click()

    await expect(tab.answer).to_contain_text("First I look at it from the left")


async def test_a_stopped_answer_keeps_its_text_and_goes_on_when_asked(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-60", asking="Count, please")
    await expect(tab.answer).to_contain_text("token5")
    await tab.stop.click()
    await expect(tab.answer).to_contain_text("Stopped")
    await expect(tab.answer).to_contain_text("token5")
    await expect(tab.answer).not_to_contain_text("token59")

    await tab.answer.get_by_role("button", name="Continue", exact=True).click()

    await expect(tab.answer).to_contain_text("token59")
    await tab.settled()
    await expect(tab.answers).to_have_count(1)


async def test_a_broken_answer_says_why_and_offers_to_go_on(visitor: Visitor) -> None:
    tab = await visitor.chat("fail-after-5", asking="Break, please")

    await expect(tab.answer.get_by_role("alert")).to_be_visible()
    await expect(tab.answer).to_contain_text("token4")
    await expect(tab.answer.get_by_role("button", name="Continue", exact=True)).to_be_visible()


async def test_answering_again_keeps_the_first_answer_behind_the_arrows(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-500-5", asking="Count, please")
    await tab.settled()

    await tab.press_on(tab.answer, "Answer again")

    version = tab.answer.get_by_role("img", name="Version 2 of 2")
    await expect(version).to_be_visible()
    await tab.press_on(tab.answer, "Previous version")
    await expect(tab.answer.get_by_role("img", name="Version 1 of 2")).to_be_visible()
    await expect(tab.answers).to_have_count(1)


async def test_an_edited_question_opens_a_branch_and_the_old_one_stays(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="The first wording")
    await expect(tab.answer).to_contain_text("The first wording")
    await tab.settled()
    await tab.press_on(tab.questions.last, "Edit the message")
    box = tab.page.get_by_role("textbox", name="Edit the message")
    await box.fill("A better wording")

    await box.press("Control+Enter")

    await expect(tab.answer).to_contain_text("A better wording")
    await tab.press_on(tab.questions.last, "Previous version")
    await expect(tab.questions.last).to_contain_text("The first wording")
    await expect(tab.answer).to_contain_text("The first wording")


async def test_messages_sent_meanwhile_wait_where_they_are_seen_and_can_be_taken_back(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-500", asking="A long one")
    await expect(tab.answer).to_contain_text("token3")
    await tab.ask("A second one")
    await tab.ask("A third one")
    await expect(tab.questions).to_have_text(["A long one", "A second one", "A third one"])
    waiting = tab.answers.filter(has_text="Waiting")
    await expect(waiting).to_have_count(2)

    await waiting.last.get_by_role("button", name="Cancel", exact=True).click()

    await expect(waiting).to_have_count(1)
    await tab.stop.click()
    await expect(tab.answers.first).to_contain_text("Stopped")
    await expect(tab.answers.nth(1)).to_contain_text("token3")


async def test_a_message_can_be_deleted_with_what_was_said_after_it(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="Something to forget")
    await tab.settled()
    await tab.press_on(tab.questions.last, "More")
    await tab.by("menuitem", "Delete").click()

    await tab.page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()

    await expect(tab.questions).to_have_count(0)
    await expect(tab.answers).to_have_count(0)
