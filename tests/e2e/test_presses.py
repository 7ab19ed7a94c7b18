"""What is pressed is what was meant: rows that move, grow and come anew take no press away from it."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Locator, Route, expect
from tests.e2e.seeds import write_thread
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES: Final = "One more line\n" * 12
TOP: Final = "element => element.getBoundingClientRect().top"
# What a program that helps to read does, and the Tab key.
SHOW: Final = "element => element.scrollIntoView({block: 'center'})"


async def full_chat(visitor: Visitor, server: ServerThread) -> tuple[str, Tab]:
    """A chat of more than fits into the window, shown at its end."""
    session = await visitor.me.session("scripted/echo")
    await write_thread(server.database_url, session["id"], messages=20)
    tab = await visitor.tab(f"/chat/{session['id']}")
    await expect(tab.answer).to_contain_text("Message number 20.")
    await expect(tab.answer).to_be_in_viewport()
    return session["id"], tab


async def press(tab: Tab, button: Locator) -> None:
    """Press without letting go."""
    await button.hover()
    await tab.page.mouse.down()


async def test_a_press_stays_with_its_button_while_new_messages_come(visitor: Visitor, server: ServerThread) -> None:
    await visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    session_id, tab = await full_chat(visitor, server)
    twentieth = tab.thread.get_by_role("article").filter(has_text="Message number 20.")
    copy = twentieth.get_by_role("button", name="Copy", exact=True)
    await press(tab, copy)
    await visitor.me.send(session_id, LINES)
    await expect(tab.questions.last).to_contain_text("One more line")

    await tab.page.mouse.up()

    await expect(twentieth.get_by_role("button", name="Copied", exact=True)).to_be_attached()
    await expect(tab.answer).to_contain_text("One more line")
    await expect(tab.answer).to_be_in_viewport()


async def test_a_press_stays_with_its_button_while_a_formula_above_it_is_typeset(visitor: Visitor) -> None:
    session = await visitor.me.session("scripted/markdown")
    await visitor.me.ask(session["id"], "Show me everything")
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await visitor.context.route("**/assets/typeset-*.js", hold)
    tab = await visitor.tab(f"/chat/{session['id']}")
    source = tab.button("Show its source")
    await source.evaluate(SHOW)
    await press(tab, source)
    top = await source.evaluate(TOP)
    let_go.set()
    await expect(tab.answer.locator(".katex-display")).to_be_visible()
    assert abs(await source.evaluate(TOP) - top) < 1

    await tab.page.mouse.up()

    await expect(tab.answer).to_contain_text("person[A person] -->|asks| server")


async def test_a_button_can_be_pressed_while_the_thread_still_scrolls(visitor: Visitor, server: ServerThread) -> None:
    _, tab = await full_chat(visitor, server)
    await tab.thread.hover()

    # Within the moment in which the list takes itself to be scrolled.
    is_reached = await tab.thread.evaluate(
        """async (thread) => {
          thread.scrollTop -= 30;
          for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
          const text = [...thread.querySelectorAll("article")].at(-1);
          const { left, top } = text.getBoundingClientRect();
          return text.contains(document.elementFromPoint(left + 5, top + 5));
        }"""
    )

    assert is_reached


async def test_whoever_is_led_up_the_thread_is_not_pulled_back_by_an_answer(
    visitor: Visitor, server: ServerThread
) -> None:
    session_id, tab = await full_chat(visitor, server)
    earlier = tab.thread.get_by_text("Message number 15.")
    await earlier.evaluate(SHOW)
    await expect(tab.button("Jump to the end")).to_be_visible()

    await visitor.me.ask(session_id, LINES)

    await expect(earlier).to_be_in_viewport()
    await tab.button("Jump to the end").click()
    await expect(tab.answer).to_contain_text("One more line")
    await expect(tab.answer).to_be_in_viewport()


async def test_the_source_of_a_diagram_stays_shown_when_one_comes_back_to_it(visitor: Visitor) -> None:
    session = await visitor.me.session("scripted/markdown", name="With a diagram")
    await visitor.me.ask(session["id"], "Show me everything")
    tab = await visitor.tab(f"/chat/{session['id']}")
    await tab.button("Show its source").click()
    await expect(tab.button("Show the diagram")).to_be_visible()
    await tab.sidebar.get_by_role("link", name="New chat").click()
    await expect(tab.by("heading", "What is on your mind?")).to_be_visible()

    await tab.chat_link("With a diagram").click()

    await expect(tab.button("Show the diagram")).to_be_visible()
    await expect(tab.answer).to_contain_text("person[A person] -->|asks| server")


async def test_a_row_keeps_the_focus_when_an_answer_pushes_it_out_of_sight(
    visitor: Visitor, server: ServerThread
) -> None:
    session_id, tab = await full_chat(visitor, server)
    twentieth = tab.thread.get_by_role("article").filter(has_text="Message number 20.")
    copy = twentieth.get_by_role("button", name="Copy", exact=True)
    await copy.focus()

    await visitor.me.ask(session_id, LINES * 8)
    await expect(tab.answer).to_contain_text("One more line")
    await expect(tab.answer).to_be_in_viewport()

    await expect(copy).not_to_be_in_viewport()
    await expect(copy).to_be_focused()
