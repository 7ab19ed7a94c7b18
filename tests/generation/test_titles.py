"""Names for sessions that nobody named."""

import pytest
from tests.support.app import Person
from tests.support.process import until
from tests.support.upstreams.server import Upstream
from tests.support.upstreams.turns import TURNS

from chatbox.generation.titles import LONGEST_TITLE, cleaned_title, first_title


async def test_a_session_is_named_after_its_first_message(ann: Person) -> None:
    session = await ann.session()
    assert session["name"] == "New chat"
    async with ann.socket(session["id"]) as stream:
        await stream.live()
        await ann.send(session["id"], "  How do\n foxes   sleep? ")
        told = (await stream.until("session_updated"))[-1]

    assert told["data"]["session"]["name"] == "How do foxes sleep?"


async def test_the_name_of_an_unnamed_session_is_in_the_language_of_its_owner(ann: Person) -> None:
    ann.http.headers["accept-language"] = "zh-CN"

    assert not (await ann.session())["name"].isascii()


async def test_only_the_first_message_names_a_session(ann: Person) -> None:
    session = await ann.session()
    await ann.ask(session["id"], "first")

    await ann.ask(session["id"], "second")

    assert (await ann.http.get(f"/sessions/{session['id']}")).json()["name"] == "first"


@pytest.mark.parametrize("when", ["made", "changed"])
async def test_a_name_that_a_person_gave_is_kept(ann: Person, when: str) -> None:
    session = await ann.session(**({"name": "Mine"} if when == "made" else {}))
    if when == "changed":
        await ann.http.patch(f"/sessions/{session['id']}", json={"name": "Mine"})

    await ann.ask(session["id"], "first")

    assert (await ann.http.get(f"/sessions/{session['id']}")).json()["name"] == "Mine"


async def test_after_the_first_answer_the_model_is_asked_for_a_better_name(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain")
    async with admin.socket(session["id"], after=0) as stream:
        await stream.say("send_message", {"message": "Say hello in a few languages"})
        await stream.until("stream_end")
        told = (await stream.until("session_updated"))[-1]

    assert told["data"]["session"]["name"] == "".join(TURNS["plain"].text).rstrip(".")
    asked = upstream.requests[-1].json["messages"]
    assert isinstance(asked, list)
    assert len(asked) == 1
    assert "Say hello in a few languages" in str(asked[0])


async def test_a_model_that_talks_instead_of_naming_it_leaves_the_first_name(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/many")
    await admin.ask(session["id"], "first")
    await until(lambda: len(upstream.requests) == 3, "a name is asked for")

    await admin.ask(session["id"], "second", model="scripted/echo")

    assert (await admin.http.get(f"/sessions/{session['id']}")).json()["name"] == "first"


async def test_a_failed_first_answer_asks_for_no_name(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/status-401")
    before = len(upstream.requests)
    await admin.ask(session["id"], "first")
    await admin.ask(session["id"], "second", model="scripted/echo")

    assert len(upstream.requests) == before + 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("hello", "hello"),
        ("  many \n lines\tand   spaces ", "many lines and spaces"),
        ("", ""),
        ("   ", ""),
        ("x" * 200, "x" * (LONGEST_TITLE - 1) + "…"),
        ("word " * 40, "word " * 10 + "word…"),
        ("敏捷的棕色狐狸" * 20, ("敏捷的棕色狐狸" * 20)[: LONGEST_TITLE - 1] + "…"),
    ],
)
def test_a_first_title_is_the_beginning_cut_at_a_word(text: str, title: str) -> None:
    assert first_title(text) == title
    assert len(first_title(text)) <= LONGEST_TITLE


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("How foxes sleep", "How foxes sleep"),
        ('\n  "How foxes sleep."\n\nIs there more?', "How foxes sleep"),
        ("Title: **How foxes sleep**", "How foxes sleep"),
        ("标题：狐狸怎样睡觉。", "狐狸怎样睡觉"),
        ("《狐狸》", "狐狸"),
        ("", None),
        ("\n \n", None),
        ("x", None),
        ("I am sorry, " * 30, None),
    ],
)
def test_what_a_model_said_becomes_a_title_or_none(said: str, title: str | None) -> None:
    assert cleaned_title(said) == title
