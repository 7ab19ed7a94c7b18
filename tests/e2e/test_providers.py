"""A provider is added, tested, used, changed and removed in the page, and its key is never shown again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor
from tests.support.upstreams import frames_openai
from tests.support.upstreams.server import Upstream, running_upstream

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "sk-a-key-that-nobody-may-see-7890"


@pytest_asyncio.fixture(loop_scope="session")
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream(frames_openai.WIRE) as running:
        yield running


async def add(tab: Tab, name: str, address: str) -> None:
    """Fill in the form for a provider that only oneself may use, and send it."""
    await tab.button("Add a provider").first.click()
    form = tab.page.get_by_role("dialog")
    await form.get_by_role("button", name="Other…", exact=True).click()
    await form.get_by_role("textbox", name="Name", exact=True).fill(name)
    await form.get_by_role("textbox", name="Address", exact=True).fill(address)
    await form.get_by_label("API key", exact=True).fill(KEY)
    await form.get_by_text("More settings").click()
    await form.get_by_role("textbox", name="Additional models").fill("plain")
    await form.get_by_role("switch", name="For everybody").click()
    await form.get_by_role("button", name="Add and check", exact=True).click()


async def remove(tab: Tab, name: str) -> None:
    await tab.button(f"Delete {name}").click()
    await tab.page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
    await expect(tab.by("heading", name)).to_be_hidden()


async def everything_in(tab: Tab) -> str:
    """The page as text: its elements, what is typed into them, what it keeps in the browser."""
    text: str = await tab.page.evaluate(
        """() => [
          document.documentElement.outerHTML,
          ...Array.from(document.querySelectorAll("input, textarea"), (field) => field.value),
          ...Object.values(localStorage), ...Object.values(sessionStorage),
        ].join("\\n")"""
    )
    return text


async def test_a_provider_is_added_tested_and_talked_to(admin_visitor: Visitor, upstream: Upstream) -> None:
    tab = await admin_visitor.tab("/providers")
    await add(tab, "Workbench", upstream.url)
    await expect(tab.page.get_by_role("heading", name="Workbench")).to_be_visible()

    await tab.button("Test").click()

    await expect(tab.page.get_by_text("It works: ")).to_be_visible()
    assert KEY not in await everything_in(tab)
    await tab.sidebar.get_by_role("link", name="New chat").click()
    await tab.page.get_by_role("button", name="Model: ").click()
    await tab.page.get_by_role("group", name="Workbench").get_by_role("option", name="plain", exact=True).click()
    await tab.ask("Say hello")
    await expect(tab.answer).to_contain_text("Hello, wörld 你好.")
    await tab.open("/providers")
    await remove(tab, "Workbench")


async def test_a_key_stays_hidden_while_its_provider_is_changed(admin_visitor: Visitor, upstream: Upstream) -> None:
    tab = await admin_visitor.tab("/providers")
    await add(tab, "Lathe", upstream.url)

    await tab.button("Change Lathe").click()

    form = tab.page.get_by_role("dialog")
    await expect(form.get_by_label("API key", exact=True)).to_have_value("")
    assert KEY not in await everything_in(tab)
    await form.get_by_role("textbox", name="Address", exact=True).fill("http://127.0.0.1:9/v1")
    await expect(form.get_by_text("The stored key belongs to the old address")).to_be_visible()
    await form.get_by_role("button", name="Close", exact=True).click()
    await remove(tab, "Lathe")


async def test_a_provider_that_is_not_there_says_so_in_place(admin_visitor: Visitor) -> None:
    tab = await admin_visitor.tab("/providers")
    await add(tab, "Nowhere", "http://127.0.0.1:9/v1")

    await tab.button("Test").click()

    card = tab.page.get_by_role("status").filter(has_text="reach")
    await expect(card).to_be_visible()
    await remove(tab, "Nowhere")


async def test_what_is_missing_is_said_beside_its_field(admin_visitor: Visitor) -> None:
    tab = await admin_visitor.tab("/providers")
    await tab.button("Add a provider").first.click()
    form = tab.page.get_by_role("dialog")
    await form.get_by_role("button", name="Other…", exact=True).click()
    await form.get_by_role("textbox", name="Address", exact=True).fill("")

    await form.get_by_role("button", name="Add and check", exact=True).click()

    await expect(form.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    await expect(form.get_by_text("Give the provider a name")).to_be_visible()
