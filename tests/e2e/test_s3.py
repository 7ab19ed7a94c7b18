"""The page of a server that keeps files in a bucket: its browser gets them from there, by addresses that are signed."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Response, expect
from tests.e2e.attaching import PICTURE, Brought, choose
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor, visitor_at
from tests.files.parsers.pdfs import one_page, pdf_of, stream
from tests.files.sending import send
from tests.support.app import ServerThread
from tests.support.s3_server import S3Address

from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.s3_browsers import set_rule

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = Brought("large.txt", "text/plain", b"A line of a long text.\n" * 300_000)
# What is asked for in parts: the page needs its beginning and its end, and what lies between nobody draws.
LONG_PDF = pdf_of({**one_page(b"BT /F1 24 Tf 72 700 Td (Hello) Tj ET"), 6: stream(os.urandom(3_000_000))})

# Whether anything dark is drawn.
_INKED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, index) => index % 4 === 3 && value === 255 && data[index - 3] < 64);
}"""
# What a program's page does; listening for progress is what makes a browser ask the bucket for leave beforehand.
_SEND = """({ url, fields }) => new Promise((done) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob(["straight to the bucket"]));
  const request = new XMLHttpRequest();
  request.upload.onprogress = () => undefined;
  request.onloadend = () => done(request.status);
  request.open("POST", url);
  request.send(form);
})"""


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(s3_files_server: ServerThread, chromium: Browser) -> AsyncIterator[Visitor]:
    """Somebody new on the server with a bucket."""
    async with s3_files_server.person() as person, visitor_at(s3_files_server, chromium, person) as visitor:
        yield visitor


def answers_from(tab: Tab, origin: str) -> list[Response]:
    """What comes from `origin`, filled as it comes."""
    came: list[Response] = []
    tab.page.on("response", lambda response: came.append(response) if response.url.startswith(origin) else None)
    return came


async def expect_drawn(picture: Locator) -> None:
    """Wait until the browser has the pixels of a picture."""
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("(image) => image.naturalWidth") > 0


async def test_pictures_of_a_message_come_from_the_bucket(visitor: Visitor, s3_server: S3Address) -> None:
    tab = await visitor.chat("echo")
    from_bucket = answers_from(tab, s3_server.url)
    await choose(tab, [PICTURE])

    await tab.ask("Look")
    await expect_drawn(tab.questions.last.get_by_role("img", name="red dot.png"))
    await tab.settled()
    await tab.questions.last.get_by_role("button", name="Open red dot.png").press("Enter")
    await expect_drawn(tab.page.get_by_role("dialog").get_by_role("img", name="red dot.png"))

    assert from_bucket
    assert {response.status for response in from_bucket} == {200}
    assert {response.headers["content-type"] for response in from_bucket} <= {"image/png", "image/webp", "image/jpeg"}


async def test_a_pdf_is_read_in_parts(visitor: Visitor) -> None:
    await send(visitor.me, LONG_PDF, "long.pdf")
    tab = await visitor.tab("/files")
    parts = answers_from(tab, visitor.place.url)

    await tab.button("long.pdf").click()
    page = tab.page.get_by_role("dialog").get_by_role("img", name="Page 1 of 1")
    await expect(page).to_be_visible()

    assert 206 in {response.status for response in parts}
    await tab.page.wait_for_function(_INKED, arg=await page.element_handle())


async def test_a_large_file_is_uploaded_in_steps_and_saved_again_under_its_name(
    visitor: Visitor, s3_server: S3Address, tmp_path: Path
) -> None:
    tab = await visitor.tab("/files")
    from_bucket = answers_from(tab, s3_server.url)
    await choose(tab, [Brought("大文件 large.txt", "text/plain", LARGE.content)], button="Upload")
    row = tab.button("大文件 large.txt")
    await expect(row).to_be_visible()

    await row.click()
    async with tab.page.expect_download() as saving:
        await tab.page.get_by_role("dialog").get_by_role("button", name="Download").click()
    saved = await saving.value
    await saved.save_as(tmp_path / "saved")

    assert saved.suggested_filename == "大文件 large.txt"
    assert saved.url.startswith(s3_server.url)
    assert (tmp_path / "saved").read_bytes() == LARGE.content
    assert from_bucket


async def test_a_page_sends_straight_to_the_bucket_once_a_rule_allows_it(
    visitor: Visitor, s3_server: S3Address
) -> None:
    content = b"straight to the bucket"
    said = {"filename": "direct.txt", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    form = (await visitor.me.http.post("/files/direct", json=said)).json()
    bucket = s3_server.bucket(form["url"].rstrip("/").rpartition("/")[2])
    tab = await visitor.tab("/files")

    refused = await tab.page.evaluate(_SEND, form)
    await set_rule(bucket, s3_server.signer, utc_now, [visitor.place.url])
    sent = await tab.page.evaluate(_SEND, form)
    complete = await visitor.me.http.post(f"/files/direct/{form['id']}/complete")

    assert (refused, sent) == (0, 204)
    assert complete.json()["filename"] == "direct.txt"
