"""Files in the page: bringing them, sending them, looking at them."""

import asyncio

import pytest
from playwright.async_api import Locator, Route, expect
from tests.e2e.attaching import (
    CODE,
    NOTES,
    PICTURE,
    REPORT,
    SCREENSHOT,
    TABLE,
    Brought,
    chips,
    choose,
    drag,
    paste,
    paste_text,
)
from tests.e2e.seeds import keep_reading
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor
from tests.files.sending import read, send
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = Brought("large.txt", "text/plain", b"A line of a long text.\n" * 300_000)


def preview(tab: Tab) -> Locator:
    return tab.page.get_by_role("dialog")


async def test_dropped_files_go_with_the_message(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")

    await drag(tab, [PICTURE, NOTES], "dragenter")
    await expect(tab.page.get_by_text("Drop files to attach them")).to_be_visible()
    await drag(tab, [PICTURE, NOTES], "drop")
    await expect(tab.page.get_by_text("Drop files to attach them")).to_be_hidden()
    await expect(chips(tab)).to_have_count(2)
    await tab.ask("What are these?")

    question = tab.questions.last
    await expect(question.get_by_role("img", name="red dot.png")).to_be_visible()
    await expect(question.get_by_role("button", name="notes.txt")).to_contain_text("Text")
    await expect(question).to_contain_text("What are these?")
    await expect(chips(tab)).to_have_count(0)


async def test_files_start_a_new_chat_without_a_word(visitor: Visitor) -> None:
    tab = await visitor.tab("/")
    await choose(tab, [NOTES])
    await expect(tab.send).to_be_enabled()

    await tab.send.click()

    await expect(tab.questions.last.get_by_role("button", name="notes.txt")).to_be_visible()


async def test_a_pasted_screenshot_becomes_a_picture(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")

    await paste(tab, [SCREENSHOT])

    await expect(chips(tab)).to_have_count(1)
    await expect(chips(tab)).to_contain_text("pasted-image.png")
    await expect(chips(tab).locator("img")).to_be_visible()


async def test_a_long_pasted_text_becomes_a_file_and_can_be_a_text_again(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.composer.fill("Before. ")
    text = "One more line of the text.\n" * 1_000

    await paste_text(tab, text)

    await expect(chips(tab)).to_contain_text("pasted-text.txt")
    await expect(tab.composer).to_have_value("Before. ")

    await tab.button("Insert as text").click()
    await expect(chips(tab)).to_have_count(0)
    await expect(tab.composer).to_have_value(f"Before. {text}")


async def test_a_draft_keeps_its_files_while_the_reader_is_elsewhere_and_over_a_reload(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", name="With files")
    await choose(tab, [NOTES, PICTURE])
    await expect(chips(tab)).to_have_count(2)
    await tab.page.get_by_role("link", name="New chat").click()
    await expect(chips(tab)).to_have_count(0)

    await tab.chat_link("With files").click()
    await expect(chips(tab)).to_have_count(2)
    await expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    await tab.page.reload()

    await expect(chips(tab)).to_have_count(2)
    await tab.ask("Still there?")
    await expect(tab.questions.last.get_by_role("img", name="red dot.png")).to_be_visible()


async def test_an_upload_shows_how_far_it_is_holds_the_message_back_and_can_be_cancelled(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.abort()

    await tab.page.route("**/files/upload", hold)
    await tab.composer.fill("With a file")
    await choose(tab, [NOTES])

    await expect(chips(tab).get_by_role("progressbar", name="Uploading notes.txt")).to_be_visible()
    await expect(tab.button("Sending waits until the files are uploaded")).to_be_disabled()
    await tab.composer.press("Enter")
    await expect(tab.composer).to_have_value("With a file")

    await tab.button("Cancel the upload of notes.txt").click()
    await expect(chips(tab)).to_have_count(0)
    await expect(tab.send).to_be_enabled()
    let_go.set()


async def test_a_failed_upload_says_why_and_is_tried_again(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.page.route("**/files/upload", lambda route: route.abort("connectionreset"))
    await choose(tab, [NOTES])
    await expect(chips(tab).get_by_role("alert")).to_contain_text("cannot be reached")
    await expect(tab.button("Retry or remove the file that is not uploaded")).to_be_disabled()

    await tab.page.unroute("**/files/upload")
    await tab.button("Upload notes.txt again").click()

    await expect(chips(tab).get_by_role("alert")).to_have_count(0)
    await tab.ask("Now it is there")
    await expect(tab.questions.last.get_by_role("button", name="notes.txt")).to_be_visible()


async def test_a_large_upload_goes_on_where_it_was_when_the_connection_was_cut(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    methods: list[str] = []

    async def cut_the_first(route: Route) -> None:
        methods.append(route.request.method)
        if methods.count("PATCH") == 1 and methods[-1] == "PATCH":
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await tab.page.route("**/files/uploads**", cut_the_first)
    await tab.page.route("**/files/uploads/*", cut_the_first)
    await choose(tab, [LARGE])

    await expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    await expect(chips(tab).get_by_role("alert")).to_have_count(0)
    assert methods == ["POST", "PATCH", "HEAD", "PATCH"]


async def test_a_file_that_is_too_large_is_refused_at_once(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    requests: list[str] = []
    tab.page.on("request", lambda request: requests.append(request.method))

    await choose(tab, [Brought("huge.bin", "application/octet-stream", bytes(11_000_000))])

    await expect(chips(tab).get_by_role("alert")).to_have_text("Too large: 11 MB. A file may have 10 MB.")
    assert "POST" not in requests


async def test_a_file_that_cannot_be_read_says_why(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    locked = await send(visitor.me, REPORT.content[:200], "broken.pdf")
    problem = (await read(visitor.me, locked))["problem"]["detail"]

    await choose(tab, [Brought("broken.pdf", "application/pdf", REPORT.content[:200])])

    await expect(chips(tab)).to_contain_text(problem)
    await expect(tab.button("Read broken.pdf again")).to_be_visible()


async def test_a_reading_is_stopped_from_the_message_and_begun_again(visitor: Visitor, server: ServerThread) -> None:
    file = await read(visitor.me, await send(visitor.me, NOTES.content, NOTES.name))
    await keep_reading(server.database_url, file["id"], done=3, of=12)
    tab = await visitor.chat("echo")
    await choose(tab, [NOTES])
    await expect(chips(tab)).to_contain_text("Reading page 3 of 12")

    await tab.button("Stop reading notes.txt").click()

    await expect(chips(tab)).to_contain_text("Reading was stopped.")
    await tab.button("Read notes.txt again").click()
    await expect(chips(tab)).to_contain_text("25 bytes")


async def test_the_preview_shows_each_kind_of_file_and_the_arrows_go_on(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await choose(tab, [PICTURE, REPORT, TABLE, CODE, NOTES])
    await tab.ask("Look at these")
    await expect(tab.answer).to_be_visible()
    shown = preview(tab)
    await tab.questions.last.get_by_role("button", name="Open red dot.png").click()

    await expect(shown.get_by_role("img", name="red dot.png")).to_be_visible()
    await tab.page.keyboard.press("ArrowRight")
    await expect(shown.get_by_role("img", name="Page 1 of 3")).to_be_visible()
    await tab.page.keyboard.press("ArrowRight")
    await expect(shown.get_by_role("cell", name="pear")).to_be_visible()
    await tab.page.keyboard.press("ArrowRight")
    await expect(shown.locator("pre .hljs-keyword").first).to_have_text("def")
    await tab.page.keyboard.press("ArrowRight")
    await expect(shown).to_contain_text("First *line*")
    await tab.page.keyboard.press("ArrowRight")
    await expect(shown).to_contain_text("1 of 5")

    await tab.page.keyboard.press("Escape")
    await expect(shown).to_be_hidden()
    await expect(tab.questions.last.get_by_role("button", name="Open red dot.png")).to_be_focused()


async def test_a_pdf_opens_at_a_page_and_as_its_text(visitor: Visitor) -> None:
    file = await send(visitor.me, REPORT.content, "report.pdf")
    await read(visitor.me, file)
    tab = await visitor.tab("/files")
    await tab.button("report.pdf").click()
    shown = preview(tab)
    page = shown.get_by_role("textbox", name="Page")

    await page.fill("3")
    await page.press("Enter")
    await expect(shown.get_by_role("img", name="Page 3 of 3")).to_be_in_viewport()
    await expect(page).to_have_value("3")

    await shown.get_by_role("button", name="Text", exact=True).click()
    await expect(shown).to_contain_text("你好")
    await expect(shown).to_contain_text("Third page")


async def test_what_an_answer_cites_opens_at_its_page(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")  # it repeats what the model was told too, how to cite among it
    await choose(tab, [REPORT, NOTES])
    await tab.ask(f"Pumps freeze [{REPORT.name}, page 3]. See also [{NOTES.name}], not [1] or [another.pdf, page 2].")
    await tab.settled()
    await expect(tab.answer).to_contain_text("not [1] or [another.pdf, page 2]")

    await tab.answer.get_by_role("button", name=NOTES.name, exact=True).last.click()
    await expect(preview(tab)).to_contain_text(NOTES.content.decode().split("\n")[0])
    await tab.page.keyboard.press("Escape")
    await tab.answer.get_by_role("button", name=f"{REPORT.name}, page 3").click()

    await expect(preview(tab).get_by_role("img", name="Page 3 of 3")).to_be_in_viewport()
    await expect(preview(tab).get_by_role("textbox", name="Page")).to_have_value("3")


async def test_a_pdf_is_drawn_with_its_chinese_letters(visitor: Visitor) -> None:
    await send(visitor.me, REPORT.content, "report.pdf")
    tab = await visitor.tab("/files")
    async with tab.page.expect_response("**/cmaps/*.bcmap") as drawing:
        await tab.button("report.pdf").click()

    assert (await drawing.value).status == 200


async def test_more_of_a_long_text_is_shown_on_demand(visitor: Visitor) -> None:
    rows = "".join(f"row {number},{number}\n" for number in range(4_000))
    file = await send(visitor.me, f"name,number\n{rows}".encode(), "long.csv")
    await read(visitor.me, file)
    tab = await visitor.tab("/files")
    await tab.button("long.csv").click()
    shown = preview(tab)
    await expect(shown.get_by_role("cell", name="row 100", exact=True)).to_be_attached()
    await expect(shown.get_by_role("columnheader", name="number")).to_have_count(1)

    await shown.get_by_role("button", name="Show more").click()

    await expect(shown.get_by_role("columnheader", name="number")).to_have_count(2)


async def test_a_deleted_file_leaves_a_quiet_note_in_its_message(visitor: Visitor) -> None:
    picture, notes = [await send(visitor.me, each.content, each.name) for each in (PICTURE, NOTES)]
    session = await visitor.me.session("scripted/echo")
    parts = [
        {"type": "image", "image": picture["id"]},
        {"type": "file", "fileId": notes["id"], "filename": "notes.txt"},
    ]
    await visitor.me.send(session["id"], "Two files", content_parts=parts)
    for file in (picture, notes):
        await visitor.me.http.delete(f"/files/{file['id']}")

    tab = await visitor.tab(f"/chat/{session['id']}")

    for name in ("red dot.png", "notes.txt"):
        await expect(tab.questions.last.get_by_text(f"Deleted since: {name}")).to_be_visible()


async def test_an_edited_question_keeps_its_files(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await choose(tab, [NOTES])
    await tab.ask("Once")
    await tab.settled()

    await tab.press_on(tab.questions.last, "Edit the message")
    await tab.page.get_by_role("textbox", name="Edit the message").fill("Twice")
    await tab.questions.last.get_by_role("button", name="Send").or_(tab.button("Send").first).first.click()

    await expect(tab.questions.last).to_contain_text("Twice")
    await expect(tab.questions.last.get_by_role("button", name="notes.txt")).to_be_visible()
