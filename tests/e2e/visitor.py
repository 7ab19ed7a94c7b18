"""A person at a real browser: signed in there, and at hand as a program for what a test only needs to exist."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage
from tests.e2e.tab import PATIENCE_MS, Tab
from tests.support.app import Person, Place

ACCESS_COOKIE = "chatbox_access"
REFRESH_COOKIE = "chatbox_refresh"


@dataclass
class Visitor:
    """A browser with cookies of its own. `complaints` is what the page's scripts threw and what its policy refused."""

    place: Place
    context: BrowserContext
    person: Person | None = None
    complaints: list[str] = field(default_factory=list)

    @property
    def me(self) -> Person:
        assert self.person is not None, "nobody is signed in here"
        return self.person

    async def tab(self, path: str = "/") -> Tab:
        """A new tab at `path`."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        tab = Tab(page)
        await tab.open(path)
        return tab

    async def chat(self, model: str, *, asking: str | None = None, **fields: Any) -> Tab:
        """A tab with a new chat open that `model` answers; `asking` is sent already."""
        session = await self.me.session(f"scripted/{model}", **fields)
        tab = await self.tab(f"/chat/{session['id']}")
        if asking is not None:
            await tab.ask(asking)
        return tab

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused request is a failure only where a test says so; a refused script or style is one everywhere.
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def visitor_at(
    place: Place, browser: Browser, person: Person | None = None, **options: Any
) -> AsyncGenerator[Visitor]:
    """A browser window of its own at `place`, signed in as `person` if there is one; `options` are the context's."""
    wanted: dict[str, Any] = {"locale": "en-US", "viewport": {"width": 1280, "height": 820}, **options}
    context = await browser.new_context(base_url=place.url, **wanted)
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(place, context, person)
    try:
        if person is not None:
            await sign_in(context, person)
        yield visitor
    finally:
        await context.close()
    assert not visitor.complaints, "\n".join(visitor.complaints)


async def sign_in(context: BrowserContext, person: Person) -> None:
    """Put a person's sign-in into the browser, as the server's answer to the form would."""
    at: dict[str, Any] = {"domain": "127.0.0.1", "httpOnly": True}
    access: Any = {"name": ACCESS_COOKIE, "value": person.token, "path": "/", "sameSite": "Lax", **at}
    path = "/api/v1/auth"
    refresh: Any = {"name": REFRESH_COOKIE, "value": person.refresh_token, "path": path, "sameSite": "Strict", **at}
    await context.add_cookies([access, refresh])
