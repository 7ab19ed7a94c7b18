"""How a person brings files to the page: chosen, dropped, pasted."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import FilePayload, Locator
from tests.e2e.tab import Tab
from tests.files.parsers.pdfs import pages_of
from tests.support.attached_files import PNG

# What a browser gives a page that something is dropped or pasted on.
_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const { name, type, bytes } of files) {
    const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([content], name, { type }));
  }
  return transfer;
}"""

_PASTE = """(element, clipboardData) =>
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))"""


@dataclass(frozen=True)
class Brought:
    """A file on the person's machine."""

    name: str
    type: str
    content: bytes

    @property
    def payload(self) -> FilePayload:
        return {"name": self.name, "mimeType": self.type, "buffer": self.content}


PICTURE = Brought("red dot.png", "image/png", PNG)
SCREENSHOT = Brought("image.png", "image/png", PNG)
REPORT = Brought("report.pdf", "application/pdf", pages_of([["First page", "你好"], ["Second page"], ["Third page"]]))
TABLE = Brought("prices.csv", "text/csv", b"fruit,price\napple,3\npear,4\n")
CODE = Brought("hello.py", "text/x-python", b"def hello() -> None:\n    print('hello')\n")
NOTES = Brought("notes.txt", "text/plain", b"First *line*\nSecond line\n")


async def choose(tab: Tab, files: Sequence[Brought], *, button: str = "Attach files") -> None:
    """Pick files in the system's dialog."""
    async with tab.page.expect_file_chooser() as choosing:
        await tab.button(button).click()
    await (await choosing.value).set_files([file.payload for file in files])


async def drag(tab: Tab, files: Sequence[Brought], event: str) -> None:
    """Drag files over the thread, or drop them there, as `event` says."""
    transfer = await tab.page.evaluate_handle(_TRANSFER, _sent(files))
    await tab.page.get_by_role("main").locator("form").dispatch_event(event, {"dataTransfer": transfer})


async def paste(tab: Tab, files: Sequence[Brought]) -> None:
    transfer = await tab.page.evaluate_handle(_TRANSFER, _sent(files))
    await tab.composer.evaluate(_PASTE, transfer)


async def paste_text(tab: Tab, text: str) -> None:
    transfer = await tab.page.evaluate_handle(
        "(text) => { const data = new DataTransfer(); data.setData('text/plain', text); return data; }", text
    )
    await tab.composer.evaluate(_PASTE, transfer)


def chips(tab: Tab) -> Locator:
    """What is attached to the message that is being written."""
    return tab.page.get_by_role("list", name="Attached files").get_by_role("listitem")


def _sent(files: Sequence[Brought]) -> list[dict[str, str]]:
    return [{"name": file.name, "type": file.type, "bytes": base64.b64encode(file.content).decode()} for file in files]
