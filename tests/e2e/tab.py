"""What a person sees and does in one tab of the page, found by role and name as they would find it."""

import asyncio
from typing import Final, Literal

from playwright.async_api import Locator, Page, expect

# Generous, because two workers share the machine with a browser each; nothing waits longer than it has to.
PATIENCE_MS: Final = 20_000

# A menu that closes is still there for a moment while the next one opens.
OPEN_MENU: Final = "[role=menu][data-state=open]"

expect.set_options(timeout=PATIENCE_MS)

AriaRole = Literal["alert", "button", "dialog", "group", "heading", "img", "link", "menuitem", "option", "status"]


class Tab:
    """One tab. The names are the English ones; tests of other languages ask `page` themselves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.get_by_role("textbox", name="Message", exact=True)
        self.thread = page.get_by_role("log", name="Conversation")
        self.questions = self.thread.get_by_role("article", name="You")
        self.answers = self.thread.get_by_role("article", name="Answer")
        self.answer = self.answers.last
        self.send = self.button("Send")
        self.stop = self.button("Stop the answer")
        self.sidebar = page.get_by_role("navigation", name="Chats")

    def button(self, name: str) -> Locator:
        return self.by("button", name)

    def by(self, role: AriaRole, name: str) -> Locator:
        """The one element of this role whose whole accessible name is `name`."""
        return self.page.get_by_role(role, name=name, exact=True)

    async def open(self, path: str) -> None:
        await self.page.goto(path)

    async def ask(self, text: str) -> None:
        """Write a message and send it; returns when it is off, not when it is answered."""
        await self.composer.fill(text)
        await expect(self.send).to_be_enabled()
        await self.composer.press("Enter")

    async def settled(self) -> None:
        """Wait until no answer is being written."""
        await expect(self.stop).to_be_hidden()
        await expect(self.answer.get_by_role("button", name="Answer again", exact=True)).to_be_visible()

    async def press_on(self, message: Locator, name: str) -> None:
        """Press a button under a message, which shows when the message is pointed at."""
        await message.hover()
        await message.get_by_role("button", name=name, exact=True).click()

    async def act_on_chat(self, chat: str, action: str) -> None:
        """Choose from the menu of a chat in the list."""
        row = self.sidebar.get_by_role("button", name=f"Actions for “{chat}”", exact=True)
        await self.sidebar.get_by_role("link", name=chat, exact=True).hover()
        await row.click()
        await self.by("menuitem", action).click()

    def chat_link(self, name: str) -> Locator:
        """A chat in the list."""
        return self.sidebar.get_by_role("link", name=name, exact=True)

    async def scroll_until(self, wanted: Locator, *, by: int) -> None:
        """Turn the wheel, where the pointer is, until `wanted` is there; `by` so many pixels at a time, negative up."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while await wanted.count() == 0:
                await self.page.mouse.wheel(0, by)
                await self.page.evaluate("() => new Promise(requestAnimationFrame)")

    async def nodes(self) -> int:
        """How many elements the page is made of."""
        count: int = await self.page.evaluate("document.querySelectorAll('*').length")
        return count
