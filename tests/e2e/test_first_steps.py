"""From the first account of a server to signing out, and what happens when a sign-in gets old."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.e2e.visitor import ACCESS_COOKIE, REFRESH_COOKIE, Visitor, visitor_at
from tests.support.app import PASSWORD, Place
from tests.support.process import server_process

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def register(page: Page, name: str, email: str) -> None:
    await page.get_by_role("textbox", name="Name", exact=True).fill(name)
    await page.get_by_role("textbox", name="E-mail", exact=True).fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Create an account", exact=True).click()


async def test_the_first_account_administers_the_server_and_chats(
    fresh_database: str, chromium: Browser, tmp_path: Path
) -> None:
    async with (
        server_process(tmp_path, {"CHATBOX_DATABASE_URL": fresh_database}) as server,
        visitor_at(Place(server.url), chromium) as visitor,
    ):
        tab = await visitor.tab("/")
        await expect(tab.page.get_by_text("It becomes the administrator")).to_be_visible()
        await register(tab.page, "Ada", "ada@example.org")
        await tab.button("Ada").click()
        await expect(tab.by("menuitem", "Administration")).to_be_visible()
        await tab.page.keyboard.press("Escape")

        await tab.page.get_by_role("button", name="Model: ").click()
        await tab.by("option", "echo").click()
        await tab.ask("Is anybody there?")

        await expect(tab.answer).to_contain_text("Is anybody there?")


async def test_a_newcomer_registers_and_is_nobody_special(stranger: Visitor) -> None:
    tab = await stranger.tab("/register")

    await register(tab.page, "Bea", "bea@example.org")

    await tab.button("Bea").click()
    await expect(tab.by("menuitem", "Account")).to_be_visible()
    await expect(tab.by("menuitem", "Administration")).to_be_hidden()


async def test_signing_in_leads_back_to_where_one_was_going(stranger: Visitor, visitor: Visitor) -> None:
    tab = await stranger.tab("/account")
    await tab.page.get_by_role("textbox", name="E-mail", exact=True).fill(visitor.me.email)
    await tab.page.get_by_label("Password", exact=True).fill(PASSWORD)

    await tab.button("Sign in").click()

    await expect(tab.by("heading", "Account")).to_be_visible()
    await expect(tab.page).to_have_url(f"{stranger.place.url}/account")


async def test_a_wrong_password_is_said_and_takes_the_focus_nowhere_else(stranger: Visitor, visitor: Visitor) -> None:
    tab = await stranger.tab("/sign-in")
    await tab.page.get_by_role("textbox", name="E-mail", exact=True).fill(visitor.me.email)
    await tab.page.get_by_label("Password", exact=True).fill("not the password")

    await tab.button("Sign in").click()

    await expect(tab.page.get_by_role("alert")).to_be_visible()
    await expect(tab.page).to_have_url(f"{stranger.place.url}/sign-in")


async def test_signing_out_in_one_tab_ends_the_others(visitor: Visitor) -> None:
    watching = await visitor.chat("paced-50-500", asking="Count, please")
    await expect(watching.answer).to_contain_text("token3")
    leaving = await visitor.tab("/account")

    await leaving.page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).first.click()

    await expect(leaving.by("heading", "Sign in")).to_be_visible()
    await expect(watching.by("heading", "Sign in")).to_be_visible()
    await expect(watching.page.get_by_text("token3")).to_be_hidden()


async def test_an_expired_access_token_is_renewed_without_a_word(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await visitor.context.clear_cookies(name=ACCESS_COOKIE)

    await tab.ask("Still here")

    await expect(tab.answer).to_contain_text("Still here")
    names = {cookie.get("name") for cookie in await visitor.context.cookies()}
    assert ACCESS_COOKIE in names


async def test_two_tabs_renew_an_expired_token_once(visitor: Visitor) -> None:
    first, second = await visitor.chat("echo"), await visitor.chat("echo")
    await visitor.context.clear_cookies(name=ACCESS_COOKIE)

    await first.ask("From the first")
    await second.ask("From the second")

    await expect(first.answer).to_contain_text("From the first")
    await expect(second.answer).to_contain_text("From the second")


async def test_without_any_token_left_one_is_asked_to_sign_in(visitor: Visitor) -> None:
    tab = await visitor.chat("echo")
    await visitor.context.clear_cookies(name=ACCESS_COOKIE)
    await visitor.context.clear_cookies(name=REFRESH_COOKIE)

    await tab.page.reload()

    await expect(tab.by("heading", "Sign in")).to_be_visible()
