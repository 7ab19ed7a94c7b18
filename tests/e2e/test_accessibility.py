"""axe finds nothing on any page, light and dark, in both languages, nor in what opens over a page."""

from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.e2e.tab import OPEN_MENU
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MOST_LOOKS = 3
# A moving thing is half transparent on its way; it is judged where it comes to rest.
AT_REST = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const passing = document.getAnimations().filter((moving) => moving.effect.getTiming().iterations === 1);
  await Promise.allSettled(passing.map((moving) => moving.finished));
}"""
# Menus float over the page and belong to none of its regions, as WAI-ARIA has it.
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], elementRef: true });
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ element }) => id !== "region" || element.closest("[role=menu]") === null)
      .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}"""


@cache
def axe() -> str:
    assert AXE.exists(), "axe-core is not installed: run `make test-web`"
    return AXE.read_text("utf8")


async def complaints(page: Page) -> list[str]:
    """What axe has against the page, in both themes."""
    found: list[str] = []
    await page.evaluate(axe())
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {violation}" for violation in await lasting(page)]
    return found


async def lasting(page: Page) -> list[str]:
    """What axe finds each time: a busy machine may paint the colours of a theme one after the other."""
    for _ in range(MOST_LOOKS):
        await page.evaluate(AT_REST)
        violations: list[str] = await page.evaluate(RUN)
        if not violations:
            break
    return violations


@pytest_asyncio.fixture(loop_scope="session", params=["en-US", "zh-CN"])
async def judge(request: pytest.FixtureRequest, server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """An administrator, in each language."""
    still = {"locale": request.param, "reduced_motion": "reduce"}
    async with server.resident("admin") as person, visitor_at(server, chromium, person, **still) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session", params=["en-US", "zh-CN"])
async def nobody(request: pytest.FixtureRequest, server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in, in each language."""
    async with visitor_at(server, chromium, locale=request.param, reduced_motion="reduce") as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
async def test_axe_finds_nothing_at_the_door(nobody: Visitor, path: str) -> None:
    tab = await nobody.tab(path)
    await expect(tab.page.get_by_role("main").get_by_role("link")).to_be_visible()

    assert await complaints(tab.page) == []


@pytest.mark.parametrize("path", ["/", "/archive", "/files", "/account", "/providers", "/admin", "/nowhere"])
async def test_axe_finds_nothing_on_a_page(judge: Visitor, path: str) -> None:
    tab = await judge.tab(path)
    await tab.page.wait_for_load_state("networkidle")

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_in_a_chat(judge: Visitor) -> None:
    session = await judge.me.session("scripted/markdown", name="A walk")
    await judge.me.ask(session["id"], "Show me everything")
    tab = await judge.tab(f"/chat/{session['id']}")
    await expect(tab.page.get_by_role("table")).to_be_visible()
    await expect(tab.page.get_by_role("math").first).to_be_visible()

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_while_an_answer_is_written_and_another_waits(visitor: Visitor) -> None:
    tab = await visitor.chat("reasoning")
    await tab.ask("Why?")
    await expect(tab.answer).to_contain_text("The answer")
    session_id = tab.page.url.rpartition("/")[2]
    await visitor.me.send(session_id, "And this?", model="scripted/hang")
    await visitor.me.send(session_id, "And that?", model="scripted/hang")
    await expect(tab.answer).to_contain_text("Waiting")

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_in_an_answer_that_failed(visitor: Visitor) -> None:
    tab = await visitor.chat("fail-after-3", asking="Break, please")
    await expect(tab.answer.get_by_role("alert")).to_be_visible()

    assert await complaints(tab.page) == []


@pytest.mark.parametrize("opener", ["Chat settings", "Find in this chat", "Model: echo", "Actions for “Open it”"])
async def test_axe_finds_nothing_in_what_opens_over_a_chat(visitor: Visitor, opener: str) -> None:
    tab = await visitor.chat("echo", name="Open it")
    await tab.page.get_by_role("main").get_by_role("button", name=opener, exact=True).click()
    opened = tab.page.get_by_role("dialog").or_(tab.page.locator(OPEN_MENU)).or_(tab.page.get_by_placeholder("Find"))
    await expect(opened.first).to_be_visible()

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_in_the_form_of_a_provider(visitor: Visitor) -> None:
    tab = await visitor.tab("/providers")
    await tab.button("Add a provider").first.click()
    form = tab.page.get_by_role("dialog")
    await form.get_by_role("button", name="Other…", exact=True).click()
    await form.get_by_role("button", name="Add and check", exact=True).click()
    await expect(form.get_by_text("Give the provider a name")).to_be_visible()

    assert await complaints(tab.page) == []
