"""Takes the screenshots of docs/using: a server in a temporary folder, people who chat, and Chromium.

`make screenshots`
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, ViewportSize, async_playwright, expect
from scripts.programs import ADVICE, find
from scripts.screenshot_chats import BEES, CHINESE, COSTS, ENGLISH, GO, MODEL, PHOTOS, TEA, Chat
from scripts.screenshot_files import Sample
from tests.e2e.seeds import use_at
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor, visitor_at
from tests.files.sending import read, send
from tests.support.app import Person, Place
from tests.support.database import create_database
from tests.support.process import server_process
from tests.support.upstreams import frames_openai
from tests.support.upstreams.server import Upstream, running_upstream
from tests.support.upstreams.turns import Tokens, Turn

from chatbox.kernel.postgres import EmbeddedPostgres

FOLDER = Path(__file__).resolve().parent.parent / "docs/using"
LARGEST_BYTES = 150_000
DESKTOP = {"width": 1280, "height": 820}
# A question with a picture and its answer, whole.
TALL: ViewportSize = {"width": 1280, "height": 960}
PHONE = {"width": 390, "height": 844}
SEEING = {"architecture": {"input_modalities": ["text", "image"]}}
LISTED = {
    "object": "list",
    "data": [{"id": MODEL, "object": "model", **SEEING}]
    + [{"id": name, "object": "model"} for name in ("garden-70b", "kitchen-3b")],
}
WIRE = replace(frames_openai.WIRE, models_body=json.dumps(LISTED).encode())


@asynccontextmanager
async def served() -> AsyncGenerator[tuple[Place, str]]:
    """A server with an empty database; where it is, and the database's address."""
    with TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres", durability="throwaway")
        try:
            address = await asyncio.to_thread(postgres.start)
            url = address.url(await create_database(address))
            env = {"CHATBOX_DATABASE_URL": url, "CHATBOX_SCRIPTED_MODEL": "false"}
            async with server_process(Path(folder) / "server", env) as server:
                yield Place(server.url), url
        finally:
            await asyncio.to_thread(postgres.stop)


async def add_provider(person: Person, upstream: Upstream) -> str:
    """A provider for everybody, checked; returns the id of the model that the chats use."""
    wanted = {"name": "Home server", "kind": "openai", "base_url": upstream.url, "api_key": "sk-home-4711"}
    made = (await person.http.post("/providers", json={**wanted, "shared": True})).raise_for_status().json()
    (await person.http.post(f"/providers/{made['id']}/test")).raise_for_status()
    models = (await person.http.get("/models")).json()["items"]
    return next(str(model["id"]) for model in models if model["name"] == MODEL)


async def make_chats(
    person: Person, chats: Sequence[Chat], model: str, upstream: Upstream, database_url: str
) -> dict[str, str]:
    """Hold the chats in their order; returns the id of each by its name."""
    made: dict[str, str] = {}
    for chat in chats:
        session = await person.session(model, name=chat.name)
        made[chat.name] = session["id"]
        if chat.answer:
            pieces = tuple(chat.answer[start : start + 20] for start in range(0, len(chat.answer), 20))
            turn = Turn(text=pieces, tokens=Tokens(input=len(chat.question) // 4, output=len(chat.answer) // 4))
            upstream.frames_of[MODEL] = frames_openai.frames(turn)
            parts = [await attached(person, file) for file in chat.files]
            await person.ask(session["id"], chat.question, content_parts=parts)
        if chat.days:
            await use_at(database_url, session["id"], datetime.now(UTC) - timedelta(days=chat.days))
    return made


async def attached(person: Person, file: Sample) -> dict[str, str]:
    """The part of a message that a file is, once it is stored and read."""
    stored = await read(person, await send(person, file.content, file.name))
    if file.is_picture:
        return {"type": "image", "image": stored["id"]}
    return {"type": "file", "fileId": stored["id"], "filename": file.name}


async def shot(tab: Tab, name: str) -> None:
    """Write the picture once nothing moves any more."""
    await tab.page.wait_for_load_state("networkidle")
    await tab.page.evaluate("document.fonts.ready")
    # The caret would be in some pictures and not in others; nothing is pointed at.
    await tab.page.mouse.move(0, 0)
    path = FOLDER / f"{name}.png"
    await tab.page.screenshot(path=path, animations="disabled", caret="hide")
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    assert size <= LARGEST_BYTES, f"{path.name} is larger than {LARGEST_BYTES / 1000:g} kB"


async def open_chat(visitor: Visitor, session_id: str) -> Tab:
    tab = await visitor.tab(f"/chat/{session_id}")
    await expect(tab.page.get_by_role("log")).to_be_visible()
    await tab.page.locator("article .prose").last.wait_for()
    return tab


async def picture_english(place: Place, browser: Browser, person: Person, chats: dict[str, str]) -> None:
    async with visitor_at(place, browser, person, viewport=DESKTOP) as visitor:
        await shot(await open_chat(visitor, chats[BEES.name]), "chat-light")
        tab = await open_chat(visitor, chats[COSTS.name])
        await tab.page.set_viewport_size(TALL)
        await shot(tab, "files")
        tab = await visitor.tab("/providers")
        await tab.button("Test").click()
        await expect(tab.page.get_by_text("It works: ")).to_be_visible()
        await tab.page.get_by_text("3 models", exact=True).click()
        await shot(tab, "providers")
    async with visitor_at(place, browser, person, viewport=DESKTOP, color_scheme="dark") as visitor:
        tab = await open_chat(visitor, chats[PHOTOS.name])
        await tab.answer.locator("code span").first.wait_for()
        await shot(tab, "chat-dark")
    async with visitor_at(place, browser, person, viewport=PHONE, is_mobile=True, has_touch=True) as visitor:
        await shot(await open_chat(visitor, chats[GO.name]), "phone")


async def picture_chinese(place: Place, browser: Browser, person: Person, chats: dict[str, str]) -> None:
    async with visitor_at(place, browser, person, viewport=DESKTOP, locale="zh-CN") as visitor:
        await shot(await open_chat(visitor, chats[TEA.name]), "chinese")


async def take_all(browser: Browser) -> None:
    async with served() as (place, database_url), running_upstream(WIRE) as upstream:
        async with place.person("robin@example.org") as person:
            await person.http.patch("/auth/me", json={"name": "Robin"})
            model = await add_provider(person, upstream)
            chats = await make_chats(person, ENGLISH, model, upstream, database_url)
            await picture_english(place, browser, person, chats)
        async with place.person("lin@example.org") as person:
            await person.http.patch("/auth/me", json={"name": "林一"})
            chats = await make_chats(person, CHINESE, model, upstream, database_url)
            await picture_chinese(place, browser, person, chats)


async def main() -> int:
    """Exit code 0 when all pictures are taken."""
    program = find()
    if program is None:
        print(ADVICE, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        await take_all(browser)
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
