"""The page of all files, on a desk, on a phone and in Chinese, and what axe says of files anywhere."""

import pytest
from playwright.async_api import Browser, expect
from tests.e2e.attaching import NOTES, PICTURE, REPORT, Brought, chips, choose
from tests.e2e.seeds import keep_reading
from tests.e2e.tab import Tab
from tests.e2e.test_accessibility import complaints
from tests.e2e.test_chinese import english_left
from tests.e2e.visitor import Visitor, visitor_at
from tests.files.sending import read, send
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTH = 375
# Whether anything sticks out at the side.
IS_WIDER = "document.documentElement.scrollWidth > innerWidth"


async def fill(visitor: Visitor, *files: Brought) -> None:
    for file in files:
        await read(visitor.me, await send(visitor.me, file.content, file.name))


async def test_an_empty_page_says_what_to_do(visitor: Visitor) -> None:
    tab = await visitor.tab("/files")

    await expect(tab.by("heading", "You have no files yet")).to_be_visible()


async def test_files_are_found_by_name_and_by_kind(visitor: Visitor) -> None:
    await fill(visitor, PICTURE, NOTES, REPORT)
    tab = await visitor.tab("/files")
    rows = tab.page.get_by_role("list", name="Files").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await expect(rows.filter(has_text="report.pdf")).to_contain_text("3 pages")

    await tab.page.get_by_role("searchbox", name="Search files").fill("not")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("notes.txt")

    await tab.page.get_by_role("searchbox", name="Search files").fill("")
    await tab.page.get_by_role("combobox", name="Kind").click()
    await tab.by("option", "Images").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("red dot.png")

    await tab.page.get_by_role("searchbox", name="Search files").fill("nothing of the kind")
    await expect(tab.page.get_by_text("No file fits.")).to_be_visible()


async def test_an_uploaded_file_joins_the_list_and_a_deleted_one_leaves_it(visitor: Visitor) -> None:
    tab = await visitor.tab("/files")
    await choose(tab, [NOTES], button="Upload")
    await expect(tab.button("notes.txt")).to_be_visible()
    await expect(tab.page.get_by_text("one file", exact=True)).to_be_visible()

    await tab.button("Actions for notes.txt").click()
    await tab.by("menuitem", "Delete").click()
    await tab.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    await expect(tab.page.get_by_text("“notes.txt” is deleted.")).to_be_visible()
    await expect(tab.by("heading", "You have no files yet")).to_be_visible()


async def test_a_file_leads_to_the_message_that_it_stands_in(visitor: Visitor) -> None:
    session = await visitor.me.session("scripted/echo", name="About notes")
    file = await send(visitor.me, NOTES.content, NOTES.name)
    part = {"type": "file", "fileId": file["id"], "filename": NOTES.name}
    await visitor.me.ask(session["id"], "Here are my notes", content_parts=[part])
    for number in range(12):
        await visitor.me.ask(session["id"], f"Something else {number}\n\n" * 8)
    tab = await visitor.tab("/files")
    await tab.page.get_by_role("button", name="in one message").click()

    await tab.page.get_by_role("dialog").get_by_role("link", name="About notes").click()

    await expect(tab.questions.first).to_contain_text("Here are my notes")
    await expect(tab.questions.first).to_be_in_viewport()


async def test_a_file_from_the_page_goes_into_a_new_chat(visitor: Visitor) -> None:
    await fill(visitor, NOTES)
    tab = await visitor.tab("/files")
    await tab.button("Actions for notes.txt").click()

    await tab.by("menuitem", "Use in a new chat").click()

    await expect(chips(tab)).to_contain_text("notes.txt")


async def test_a_reading_is_stopped_from_the_page_and_in_the_preview(visitor: Visitor, server: ServerThread) -> None:
    for each in (NOTES, REPORT):
        file = await read(visitor.me, await send(visitor.me, each.content, each.name))
        await keep_reading(server.database_url, file["id"], done=0, of=0)
    tab = await visitor.tab("/files")
    rows = tab.page.get_by_role("list", name="Files").get_by_role("listitem")
    await tab.button("Actions for notes.txt").click()

    await tab.by("menuitem", "Stop reading").click()
    await expect(rows.filter(has_text="notes.txt")).to_contain_text("Reading was stopped.")

    await tab.button("report.pdf").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Text", exact=True).click()
    await dialog.get_by_role("button", name="Stop reading").click()
    await expect(dialog).to_contain_text("Reading was stopped.")


async def test_files_fit_on_a_phone(server: ServerThread, chromium: Browser) -> None:
    narrow = {"viewport": {"width": WIDTH, "height": 740}, "is_mobile": True, "has_touch": True}
    async with server.person() as person, visitor_at(server, chromium, person, **narrow) as phone:
        await fill(phone, PICTURE, REPORT)
        tab = await phone.tab("/files")
        await expect(tab.button("report.pdf")).to_be_visible()
        assert not await tab.page.evaluate(IS_WIDER)

        await tab.button("report.pdf").click()
        drawn = tab.page.get_by_role("img", name="Page 1 of 3")
        await expect(drawn).to_be_visible()
        box = await drawn.bounding_box()
        assert box is not None
        assert box["width"] < WIDTH

        await tab.open("/")
        await choose(tab, [PICTURE, NOTES])
        await expect(chips(tab)).to_have_count(2)
        assert not await tab.page.evaluate(IS_WIDER)


async def test_files_speak_chinese(server: ServerThread, chromium: Browser) -> None:
    async with server.person() as person, visitor_at(server, chromium, person, locale="zh-CN") as reader:
        await fill(reader, PICTURE, REPORT)
        tab = await reader.tab("/files")
        page = tab.page
        await page.get_by_text("report.pdf").click()
        await expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()
        left = await english_left(page)
        await page.keyboard.press("Escape")
        await page.get_by_role("main").get_by_role("button", name="report.pdf").last.click()
        await expect(page.get_by_role("menu")).to_be_visible()

        assert left + await english_left(page) == []


@pytest.mark.parametrize("name", ["report.pdf", "notes.txt"])
async def test_axe_finds_nothing_in_a_preview(visitor: Visitor, name: str) -> None:
    await fill(visitor, REPORT, NOTES)
    tab = await visitor.tab("/files")
    await tab.button(name).click()
    await expect(tab.page.get_by_role("dialog").get_by_role("region")).to_be_visible()

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_in_the_list_of_files(visitor: Visitor) -> None:
    await fill(visitor, PICTURE, NOTES)
    tab = await visitor.tab("/files")
    await expect(tab.button("notes.txt")).to_be_visible()

    assert await complaints(tab.page) == []


async def test_axe_finds_nothing_in_a_chat_with_files_sent_and_to_be_sent(visitor: Visitor) -> None:
    tab: Tab = await visitor.chat("echo")
    await choose(tab, [PICTURE, NOTES])
    await tab.ask("Two files")
    await tab.settled()
    await choose(tab, [REPORT, Brought("nothing.txt", "text/plain", b"")])
    await expect(chips(tab).get_by_role("alert")).to_be_visible()

    assert await complaints(tab.page) == []
