"""Simplified Chinese everywhere: no text of the page's own is left in English."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.e2e.tab import OPEN_MENU
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = Path(__file__).parents[2] / "web/src/i18n"
PLACE = re.compile(r"\{\{\w+\}\}")
HAN = re.compile(r"[\u4e00-\u9fff]")

# Everything that is shown or read aloud.
WORDS = """() => {
  const words = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest("script, style, [data-text], .prose")) words.push(node.data.trim());
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "placeholder", "title", "alt"]) words.push(element.getAttribute(name) ?? "");
  }
  return [...new Set(words)].filter(Boolean);
}"""


def leaves(tree: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", str(value)


@cache
def texts(language: str) -> dict[str, str]:
    files = sorted((TEXTS / language).glob("*.json"))
    return {f"{file.stem}.{key}": text for file in files for key, text in leaves(json.loads(file.read_text("utf8")))}


@cache
def english() -> re.Pattern[str]:
    """Matches every English text that is another one in Chinese, whatever stands in its places."""
    chinese = texts("zh-CN")
    own = {text for key, text in texts("en").items() if chinese.get(key) != text}
    worded = {text for text in own if re.search("[a-z]{2}", PLACE.sub("", text))}
    return re.compile("|".join(".+".join(map(re.escape, PLACE.split(text))) for text in sorted(worded)))


async def english_left(page: Page) -> list[str]:
    words: list[str] = await page.evaluate(WORDS)
    return [text for text in words if english().fullmatch(text)]


@pytest_asyncio.fixture(loop_scope="session")
async def reader(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """An administrator whose browser asks for Chinese."""
    async with server.resident("admin") as person, visitor_at(server, chromium, person, locale="zh-CN") as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session")
async def foreigner(server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """Nobody yet, in Chinese."""
    async with visitor_at(server, chromium, locale="zh-CN") as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
async def test_the_door_speaks_chinese(foreigner: Visitor, path: str) -> None:
    tab = await foreigner.tab(path)
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text(HAN)
    await expect(tab.page.get_by_role("main").get_by_role("link")).to_be_visible()

    assert await english_left(tab.page) == []
    await expect(tab.page.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize("path", ["/", "/archive", "/files", "/account", "/providers", "/admin", "/nowhere"])
async def test_a_page_speaks_chinese(reader: Visitor, path: str) -> None:
    tab = await reader.tab(path)
    await expect(tab.page.locator("#root")).to_contain_text(HAN)
    await tab.page.wait_for_load_state("networkidle")

    assert await english_left(tab.page) == []


async def test_a_chat_speaks_chinese_with_all_that_opens_from_it(reader: Visitor) -> None:
    session = await reader.me.session("scripted/markdown", name="你好")
    await reader.me.ask(session["id"], "全部给我看看")
    tab = await reader.tab(f"/chat/{session['id']}")
    page = tab.page
    await expect(page.get_by_role("table")).to_be_visible()
    await page.keyboard.press("Control+F")
    await expect(page.get_by_placeholder("查找")).to_be_visible()
    left = await english_left(page)
    await page.keyboard.press("Escape")

    for key in ("settings", "more"):
        await (
            page.get_by_role("main").get_by_role("button", name=texts("zh-CN")[f"chat.{key}"], exact=True).last.click()
        )
        await expect(page.get_by_role("dialog").or_(page.locator(OPEN_MENU))).to_be_visible()
        left += await english_left(page)
        await page.keyboard.press("Escape")
    await page.get_by_role("navigation").get_by_role("button").last.click()
    await expect(page.locator(OPEN_MENU)).to_be_visible()
    left += await english_left(page)

    assert left == []


async def test_what_the_server_says_is_chinese_too(foreigner: Visitor) -> None:
    tab = await foreigner.tab("/sign-in")
    await tab.page.locator("input[name=email]").fill("nobody@example.org")
    await tab.page.locator("input[name=password]").fill("not the password")

    await tab.page.locator("button[type=submit]").click()

    await expect(tab.page.get_by_role("alert")).to_have_text(HAN)


async def test_a_failed_answer_says_why_in_chinese(reader: Visitor) -> None:
    session = await reader.me.session("scripted/fail-after-3")
    await reader.me.ask(session["id"], "请回答")

    tab = await reader.tab(f"/chat/{session['id']}")

    await expect(tab.page.get_by_role("alert")).to_have_text(HAN)


async def test_the_language_is_the_account_s_and_changes_at_once(visitor: Visitor) -> None:
    tab = await visitor.tab("/account")
    await tab.page.get_by_role("combobox", name="Language").click()

    await tab.by("option", "简体中文").click()

    await expect(tab.page.get_by_role("heading", level=1)).to_have_text(texts("zh-CN")["app.account"])
    await expect(tab.page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert await english_left(tab.page) == []
    async with visitor.place.again(visitor.me) as elsewhere:
        assert (await elsewhere.http.get("/auth/me")).json()["language"] == "zh-CN"
