"""Nothing that a model writes does anything but stand there: not while it is written, and not when it is done."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, expect
from tests.e2e.hostile import ATTACKS, WATCH
from tests.e2e.tab import Tab
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIAGRAMS = sum("```mermaid" in attack for attack in ATTACKS)
LOOK_AT_ALL = """async (answer) => {
  for (const figure of answer.querySelectorAll("figure")) {
    figure.scrollIntoView();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
}"""


async def watched(visitor: Visitor) -> tuple[Tab, list[str]]:
    """A tab whose every change is checked, and the addresses elsewhere that were asked for."""
    elsewhere: list[str] = []
    await visitor.context.add_init_script(WATCH)

    def note(request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", None}:
            elsewhere.append(request.url)

    visitor.context.on("request", note)
    return await visitor.chat("echo"), elsewhere


async def test_no_attack_acts_while_it_is_written_nor_after(visitor: Visitor) -> None:
    tab, elsewhere = await watched(visitor)
    await tab.ask("\n\n".join([*ATTACKS, "The end of it."]))
    await expect(tab.answer).to_contain_text("The end of it.")
    await tab.settled()

    # Diagrams are drawn where somebody looks.
    await tab.answer.evaluate(LOOK_AT_ALL)
    await expect(tab.answer.get_by_role("img", name="Diagram")).to_have_count(DIAGRAMS)
    await tab.page.reload()
    await expect(tab.answer).to_contain_text("The end of it.")

    assert await tab.page.evaluate("window.offences") == []
    assert elsewhere == []


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param("<img src=x onerror=owned() ", id="a tag"),
        pytest.param("[press](javascript:owned() ", id="a link"),
        pytest.param("![see](https://evil.example/pixel.png ", id="a picture"),
        pytest.param("```html\n<script>owned()</script> ", id="a block of code"),
        pytest.param("```mermaid\nflowchart LR\n a[<img src=x onerror=owned()>] ", id="a diagram"),
        pytest.param("$\\href{javascript:owned()}{x} ", id="a formula"),
        pytest.param("| a | b |\n|---|---|\n| <img src=x onerror=owned()> | ", id="a table"),
    ],
)
async def test_an_attack_that_is_cut_off_stays_text(visitor: Visitor, cut: str) -> None:
    tab, elsewhere = await watched(visitor)

    await tab.ask(f"Before it.\n\n{cut}")

    await expect(tab.answer).to_contain_text("Before it.")
    await tab.settled()
    assert await tab.page.evaluate("window.offences") == []
    assert elsewhere == []


async def test_links_to_the_web_open_elsewhere_and_tell_nothing(visitor: Visitor) -> None:
    tab = await visitor.chat(
        "echo", asking="See [the page](https://example.com/a?b=1) and [mail](mailto:me@example.com)"
    )
    await tab.settled()

    link = tab.answer.get_by_role("link", name="the page")

    await expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


async def test_what_a_person_writes_is_shown_as_written(visitor: Visitor) -> None:
    tab, _ = await watched(visitor)

    await tab.ask("<img src=x onerror=owned()> **not bold** [a](javascript:owned())")

    await expect(tab.questions.last).to_have_text("<img src=x onerror=owned()> **not bold** [a](javascript:owned())")
    assert await tab.page.evaluate("window.offences") == []
