"""The list of chats: named, pinned, put away, thrown away, searched, and in the order of days."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from tests.e2e.seeds import use_at, write_chats
from tests.e2e.visitor import Visitor
from tests.support.app import ServerThread

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_chat_is_renamed(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", name="Plans")
    await tab.act_on_chat("Plans", "Rename")
    await tab.page.get_by_role("textbox", name="Title").fill("Plans for the garden")

    await tab.button("Save").click()

    await expect(tab.chat_link("Plans for the garden")).to_be_visible()
    await expect(tab.by("heading", "Plans for the garden")).to_be_visible()
    await expect(tab.page).to_have_title("Plans for the garden · Chatbox")


async def test_a_pinned_chat_stands_above_the_others(visitor: Visitor) -> None:
    await visitor.me.session(name="Older")
    tab = await visitor.chat("echo", name="Newer")

    await tab.act_on_chat("Older", "Pin")

    await expect(tab.sidebar.get_by_role("heading")).to_have_text(["Pinned", "Today"])
    await expect(tab.sidebar.get_by_role("link", name="er", exact=False)).to_have_text(["Older", "Newer"])
    await tab.act_on_chat("Older", "Unpin")
    await expect(tab.sidebar.get_by_role("heading")).to_have_text(["Today"])


async def test_an_archived_chat_leaves_the_list_and_comes_back(visitor: Visitor) -> None:
    await visitor.me.session(name="Done with")
    tab = await visitor.tab("/")
    await tab.act_on_chat("Done with", "Archive")
    await expect(tab.chat_link("Done with")).to_be_hidden()
    await tab.button("Undo").click()
    await expect(tab.chat_link("Done with")).to_be_visible()
    await tab.act_on_chat("Done with", "Archive")
    await expect(tab.chat_link("Done with")).to_be_hidden()

    await tab.sidebar.get_by_role("link", name="Archive", exact=True).click()

    await expect(tab.page.get_by_role("main").get_by_role("link", name="Done with", exact=True)).to_be_visible()


async def test_a_deleted_chat_is_gone_and_so_is_its_page(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", name="Too private")
    await tab.act_on_chat("Too private", "Delete")
    question = tab.page.get_by_role("alertdialog", name="Delete “Too private”?")

    await question.get_by_role("button", name="Delete", exact=True).click()

    await expect(tab.chat_link("Too private")).to_be_hidden()
    await expect(tab.by("heading", "What is on your mind?")).to_be_visible()


async def test_a_chat_that_was_deleted_elsewhere_says_so(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", name="Short-lived")
    await expect(tab.composer).to_be_visible()
    session_id = tab.page.url.rpartition("/")[2]

    await visitor.me.http.delete(f"/sessions/{session_id}")

    await expect(tab.page.get_by_text("This chat does not exist any more")).to_be_visible()
    await expect(tab.chat_link("Short-lived")).to_be_hidden()


async def test_chats_are_found_by_their_title(visitor: Visitor) -> None:
    for name in ("Bees in winter", "Taxes", "A hive for bees"):
        await visitor.me.session(name=name)
    tab = await visitor.tab("/")
    search = tab.page.get_by_role("searchbox", name="Search chats")

    await search.fill("bees")

    await expect(tab.chat_link("Taxes")).to_be_hidden()
    await expect(tab.chat_link("Bees in winter")).to_be_visible()
    await expect(tab.chat_link("A hive for bees")).to_be_visible()
    await search.fill("nothing like it")
    await expect(tab.page.get_by_text("No chat has this title.")).to_be_visible()


async def test_chats_stand_under_the_day_they_were_used(visitor: Visitor, server: ServerThread) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    for name, days in (("Of yesterday", 1), ("Of this week", 4), ("Of long ago", 400)):
        session = await visitor.me.session(name=name)
        await use_at(server.database_url, session["id"], noon - timedelta(days=days))
    await visitor.me.session(name="Of today")

    tab = await visitor.tab("/")

    long_ago = f"{noon - timedelta(days=400):%B %Y}"
    await expect(tab.sidebar.get_by_role("heading")).to_have_text(["Today", "Yesterday", "Last 7 days", long_ago])


async def test_the_list_goes_on_for_as_long_as_one_scrolls(visitor: Visitor, server: ServerThread) -> None:
    await write_chats(server.database_url, visitor.me, chats=150)
    tab = await visitor.tab("/")
    await tab.chat_link("Chat number 2").hover()

    await tab.scroll_until(tab.chat_link("Chat number 150"), by=2_000)

    await expect(tab.chat_link("Chat number 2")).to_be_hidden()
