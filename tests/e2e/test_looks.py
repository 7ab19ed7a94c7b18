"""Themes, and a page as narrow as a phone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

FINGER = 44


@pytest_asyncio.fixture(loop_scope="session")
async def phone(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody new with a phone."""
    narrow = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}
    async with server.person() as person, visitor_at(server, chromium, person, **narrow) as visitor:
        yield visitor


async def brightness(tab: Tab) -> float:
    """Of the page's ground: 0 black, 1 white."""
    value: float = await tab.page.evaluate(
        """() => {
          const paint = new OffscreenCanvas(1, 1).getContext("2d");
          paint.fillStyle = getComputedStyle(document.body).backgroundColor;
          paint.fillRect(0, 0, 1, 1);
          const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
          return (red + green + blue) / 765;
        }"""
    )
    return value


async def test_the_dark_theme_is_kept_in_this_browser(visitor: Visitor) -> None:
    tab = await visitor.tab("/account")
    assert await brightness(tab) > 0.9
    await tab.page.get_by_role("combobox", name="Theme").click()
    await tab.by("option", "Dark").click()

    await tab.page.reload()

    await expect(tab.page.get_by_role("combobox", name="Theme")).to_have_text("Dark")
    assert await brightness(tab) < 0.2


async def test_the_theme_follows_the_system_until_somebody_chooses(visitor: Visitor) -> None:
    tab = await visitor.tab("/")
    assert await brightness(tab) > 0.9

    await tab.page.emulate_media(color_scheme="dark")

    assert await brightness(tab) < 0.2


async def test_chats_slide_over_the_page_on_a_phone(phone: Visitor) -> None:
    await phone.me.session(name="The other chat")
    tab = await phone.chat("echo", name="The first chat")
    await expect(tab.sidebar).to_be_hidden()

    await tab.button("Open the list of chats").tap()
    await tab.chat_link("The other chat").tap()

    await expect(tab.by("heading", "The other chat")).to_be_visible()
    await expect(tab.sidebar).to_be_hidden()


async def test_one_writes_and_reads_on_a_phone(phone: Visitor) -> None:
    tab = await phone.chat("echo")
    await tab.composer.tap()
    await tab.composer.fill("Written with two thumbs")

    await tab.send.tap()

    await expect(tab.answer).to_contain_text("Written with two thumbs")
    await expect(tab.composer).to_be_in_viewport()
    await expect(tab.answer).to_be_in_viewport()


@pytest.mark.parametrize("path", ["/", "/archive", "/account", "/providers"])
async def test_no_page_is_wider_than_a_phone(phone: Visitor, path: str) -> None:
    tab = await phone.tab(path)
    await expect(tab.page.get_by_role("heading", level=1)).to_be_visible()

    assert await width(tab) <= 375


async def test_wide_parts_of_an_answer_scroll_by_themselves_on_a_phone(phone: Visitor) -> None:
    tab = await phone.chat("markdown", asking="Show me everything")
    await expect(tab.answer).to_contain_text("A footnote, which comes last.")
    await tab.settled()

    assert await width(tab) <= 375
    assert await tab.thread.evaluate("thread => thread.scrollWidth <= thread.clientWidth")


async def test_what_is_pressed_is_as_large_as_a_finger(phone: Visitor) -> None:
    tab = await phone.chat("echo", asking="Hello")
    await tab.settled()

    small = [
        (await button.get_attribute("aria-label") or await button.inner_text(), box)
        for button in await tab.page.get_by_role("button").all()
        if (box := await button.bounding_box()) and min(box["height"], box["width"]) < FINGER
    ]

    assert small == []


async def width(tab: Tab) -> int:
    pixels: int = await tab.page.evaluate("document.documentElement.scrollWidth")
    return pixels
