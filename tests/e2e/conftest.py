"""A real Chromium, one a worker, and windows in it for whoever asks; the server is the one of all tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from scripts.programs import ADVICE, find
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import ServerThread

PAGE = Path(__file__).parents[2] / "src/chatbox/web/index.html"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What the address line would suggest: each new window draws it twice, in a process of its own, which costs more than
# all that a test does there. A list replaces Playwright's, whose names stand here too.
NOT_WANTED = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page as a browser gets it; tests do not build it, `make test` does."""
    assert PAGE.exists(), "the page is not built: run `make test`, or `pip install -e .`"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(built_page: None) -> AsyncIterator[Browser]:
    """The browser of this worker."""
    program = find()
    assert program is not None, ADVICE
    async with async_playwright() as driver:
        flags = [*FLAGS, f"--disable-features={','.join(NOT_WANTED)}"]
        browser = await driver.chromium.launch(executable_path=program, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody new, signed in, in a window of their own."""
    async with server.person() as person, visitor_at(server, chromium, person) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """A window in which nobody is signed in."""
    async with visitor_at(server, chromium) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session")
async def admin_visitor(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """A window of the server's administrator, whom all tests share."""
    async with server.resident("admin") as person, visitor_at(server, chromium, person) as visitor:
        yield visitor
