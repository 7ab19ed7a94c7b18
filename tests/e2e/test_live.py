"""An answer belongs to the server: tabs come, go, lose the network and the server itself, and miss nothing."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect
from tests.e2e.visitor import Visitor, visitor_at
from tests.support.app import Place
from tests.support.process import server_process

pytestmark = pytest.mark.asyncio(loop_scope="session")


def tokens(count: int) -> str:
    return " ".join(f"token{number}" for number in range(count))


async def test_another_tab_sees_the_same_answer_live(visitor: Visitor) -> None:
    first = await visitor.chat("paced-50-150", asking="Count, please")
    second = await visitor.tab(first.page.url)

    await expect(second.stop).to_be_visible()
    await expect(second.answer).to_contain_text(tokens(150))
    await expect(first.answer).to_contain_text(tokens(150))


async def test_a_message_sent_in_one_tab_appears_in_the_other(visitor: Visitor) -> None:
    first = await visitor.chat("echo")
    second = await visitor.tab(first.page.url)
    await expect(second.composer).to_be_visible()

    await first.ask("Said in the first tab")

    await expect(second.questions).to_have_text(["Said in the first tab"])
    await expect(second.answer).to_contain_text("Said in the first tab")


async def test_stopping_in_one_tab_stops_in_all(visitor: Visitor) -> None:
    first = await visitor.chat("paced-50-500", asking="Count, please")
    second = await visitor.tab(first.page.url)
    await expect(second.answer).to_contain_text("token5")

    await second.stop.click()

    await expect(first.answer).to_contain_text("Stopped")
    await expect(second.answer).to_contain_text("Stopped")


async def test_a_chat_renamed_in_one_tab_is_renamed_in_the_other(visitor: Visitor) -> None:
    first = await visitor.chat("echo", name="The old name")
    second = await visitor.tab(first.page.url)
    await expect(second.by("heading", "The old name")).to_be_visible()

    await first.act_on_chat("The old name", "Rename")
    await first.page.get_by_role("textbox", name="Title").fill("The new name")
    await first.button("Save").click()

    await expect(second.by("heading", "The new name")).to_be_visible()


async def test_reloading_in_the_middle_loses_nothing(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-150", asking="Count, please")
    await expect(tab.answer).to_contain_text("token10")

    await tab.page.reload()

    await expect(tab.stop).to_be_visible()
    await expect(tab.answer).to_contain_text(tokens(150))
    await tab.settled()


async def test_going_to_another_chat_and_back_finds_the_answer_further_on(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-150", asking="Count, please", name="The running one")
    await expect(tab.answer).to_contain_text("token10")
    await tab.sidebar.get_by_role("link", name="New chat").click()
    await expect(tab.by("heading", "What is on your mind?")).to_be_visible()

    await tab.chat_link("The running one").click()

    await expect(tab.answer).to_contain_text(tokens(150))


async def test_a_lost_network_heals_by_itself_with_nothing_missing(visitor: Visitor) -> None:
    tab = await visitor.chat("paced-50-150", asking="Count, please")
    await expect(tab.answer).to_contain_text("token10")

    await visitor.context.set_offline(True)
    await expect(tab.page.get_by_role("status").get_by_text("Offline")).to_be_visible()
    await visitor.context.set_offline(False)

    await expect(tab.answer).to_contain_text(tokens(150))
    await expect(tab.page.get_by_role("status").get_by_text("Offline")).to_be_hidden()


async def test_a_cut_stream_goes_on_where_it_was_cut(visitor: Visitor) -> None:
    lines: list[WebSocketRoute] = []

    def carry(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    await visitor.context.route_web_socket("**/stream?*", carry)
    tab = await visitor.chat("paced-50-150", asking="Count, please")
    await expect(tab.answer).to_contain_text("token10")

    await lines[-1].close(code=1012)

    await expect(tab.answer).to_contain_text(tokens(150))
    first, second = (int(parse_qs(urlsplit(line.url).query)["after"][0]) for line in lines)
    assert second > first


async def test_what_happened_while_the_network_was_away_is_there_afterwards(visitor: Visitor) -> None:
    tab = await visitor.chat("echo", asking="Before")
    await tab.settled()
    session_id = tab.page.url.rpartition("/")[2]
    await visitor.context.set_offline(True)
    await expect(tab.page.get_by_role("status").get_by_text("Offline")).to_be_visible()
    await visitor.me.ask(session_id, "From another device")

    await visitor.context.set_offline(False)

    await expect(tab.questions).to_have_text(["Before", "From another device"])
    await expect(tab.answers).to_have_count(2)
    await expect(tab.answer).to_contain_text("From another device")


async def test_a_message_written_without_a_network_is_kept_and_sent_once(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await expect(tab.composer).to_be_visible()
    await visitor.context.set_offline(True)
    await tab.ask("Written in a tunnel")
    await expect(tab.page.get_by_role("alert")).to_contain_text("Not sent")
    await expect(tab.page.get_by_text("Written in a tunnel")).to_be_visible()

    await visitor.context.set_offline(False)
    await tab.button("Send again").click()

    await expect(tab.answer).to_contain_text("Written in a tunnel")
    await expect(tab.questions).to_have_text(["Written in a tunnel"])


async def test_a_draft_survives_a_reload(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await tab.composer.fill("Half a thought")

    await tab.page.reload()

    await expect(tab.composer).to_have_value("Half a thought")


async def test_an_answer_that_dies_with_the_server_keeps_its_text_and_goes_on(
    fresh_database: str, chromium: Browser, tmp_path: Path
) -> None:
    async with server_process(tmp_path, {"CHATBOX_DATABASE_URL": fresh_database}) as server:
        place = Place(server.url)
        async with place.person() as person, visitor_at(place, chromium, person) as visitor:
            tab = await visitor.chat("paced-50-100", asking="Count, please")
            await expect(tab.answer).to_contain_text("token20")
            server.kill()
            server.start()

            await expect(tab.answer).to_contain_text("The answer was cut off.")
            await expect(tab.answer).to_contain_text(tokens(20))
            await tab.answer.get_by_role("button", name="Continue", exact=True).click()

            await expect(tab.answer).to_contain_text("token99")
            await tab.settled()
            await server.until_ready()
