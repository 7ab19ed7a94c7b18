"""What a model is sent: the path that leads to the question, fitted to the model's window."""

from typing import Any

import pytest
from tests.support.app import Person, text_of
from tests.support.upstreams.server import Upstream
from tests.support.workers import Session

from chatbox.generation.prompt import build, estimate_tokens, read_history
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.ids import new_id
from chatbox.providers.models import Resolved
from chatbox.providers.port import Endpoint, ModelInfo, ModelMessage, Text, Thinking
from chatbox.providers.scripted import ScriptedModel
from chatbox.sessions import tree
from chatbox.sessions.schemas import SessionOut, SessionSettings

_LONG = "A long line of prose that goes on and on. " * 30
_SESSION = SessionOut(
    id=new_id(),
    name="n",
    type="chat",
    model=None,
    system_prompt=None,
    settings=SessionSettings(),
    folder=None,
    tags=[],
    pinned=False,
    archived=False,
    active_leaf_id=None,
    created_at=utc_now(),
    updated_at=utc_now(),
)
_MODEL = Resolved("scripted/echo", "scripted", ScriptedModel(), Endpoint(""), ModelInfo("echo"), None)
_NOTE = {"type": "info", "code": "context_trimmed", "params": {}}


def asked(upstream: Upstream) -> list[dict[str, Any]]:
    """The messages of the last question that the upstream got."""
    messages = upstream.requests[-1].json["messages"]
    assert isinstance(messages, list)
    return messages


def said(upstream: Upstream) -> list[tuple[str, str]]:
    return [(message["role"], _text(message["content"])) for message in asked(upstream)]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


async def test_a_model_gets_the_system_prompt_the_history_and_the_question(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", system_prompt="Be brief.")
    await admin.ask(session["id"], "first")

    await admin.ask(session["id"], "second")

    assert said(upstream) == [
        ("system", "Be brief."),
        ("user", "first"),
        ("assistant", "Hello, wörld 你好."),
        ("user", "second"),
    ]


async def test_a_model_gets_the_settings_of_the_session(admin: Person, upstream: Upstream, provider: str) -> None:
    settings = {"temperature": 0.5, "top_p": 0.25, "max_tokens": 77}
    session = await admin.session(f"{provider}/plain", name="n", settings=settings)

    await admin.ask(session["id"])

    sent = upstream.requests[-1].json
    assert (sent["temperature"], sent["top_p"]) == (0.5, 0.25)
    assert 77 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


async def test_only_the_branch_that_leads_to_the_question_is_sent(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    sent = await admin.send(session["id"], "first")
    await admin.ended(session["id"], sent)
    await admin.ask(session["id"], "not to be seen")
    edited = await admin.act(session["id"], sent["message"]["id"], "edit", message="other first")

    await admin.ended(session["id"], edited)

    assert said(upstream) == [("user", "other first")]


async def test_what_failed_is_not_told_to_the_model(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    await admin.ask(session["id"], "first", model="scripted/fail-after-2")

    await admin.ask(session["id"], "second")

    assert said(upstream) == [("user", "first"), ("assistant", "token0 token1 "), ("user", "second")]


async def test_going_on_shows_the_model_what_it_has_written(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/plain", name="n")
    answer = await admin.ask(session["id"], "first", model="scripted/fail-after-2")
    await admin.http.patch(f"/sessions/{session['id']}", json={"model": f"{provider}/plain"})
    edited = await admin.ask(session["id"], "cut", model=f"{provider}/length")
    assert edited["finish_reason"] == "length"

    went_on = await admin.act(session["id"], edited["id"], "continue")
    await admin.ended(session["id"], went_on)

    history = said(upstream)
    assert history[:4] == [
        ("user", "first"),
        ("assistant", text_of(answer)),
        ("user", "cut"),
        ("assistant", "This is cut"),
    ]
    assert "Go on" in history[4][1]
    assert text_of(await admin.message(session["id"], edited["id"])) == "This is cut" * 2


async def test_a_tool_s_refusal_stands_where_it_was_called(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/tools", name="n")
    await admin.ask(session["id"], "first")

    await admin.ask(session["id"], "second")

    question, calling, *results, second = asked(upstream)
    assert (question["role"], second["role"]) == ("user", "user")
    assert [call["function"]["name"] for call in calling["tool_calls"]] == ["get_weather", "get_time"]
    assert [(result["role"], result["tool_call_id"]) for result in results] == [("tool", "call_a"), ("tool", "call_b")]


async def test_reasoning_is_never_sent_as_if_it_had_been_said(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/reasoning", name="n")
    await admin.ask(session["id"], "first")

    await admin.ask(session["id"], "second", model=f"{provider}/plain")

    assert said(upstream)[1] == ("assistant", "The answer is 42.")


def test_signed_reasoning_is_kept_for_who_signed_it() -> None:
    thought = {"type": "reasoning", "text": "Hm.", "signature": "abc", "provider": "anthropic"}
    parts = [{"type": "reasoning", "text": "Unsigned."}, thought, {"type": "text", "text": "Yes."}]
    past = tree.PastMessage(new_id(), None, "assistant", parts)

    request = build(_SESSION, _MODEL, [past], user_key="ann")

    assert request.messages == [ModelMessage("assistant", (Thinking("Hm.", "abc", "anthropic"), Text("Yes.")))]


async def test_when_a_talk_outgrows_the_window_the_newest_stays_and_a_note_says_so(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 1000})
    for number in range(3):
        await admin.ask(session["id"], f"{number} {_LONG}")

    answer = await admin.ask(session["id"], "the newest")

    history = said(upstream)
    assert history[-1] == ("user", "the newest")
    assert history[0][0] == "user"
    assert 1 < len(history) < 7
    assert answer["content_parts"][0] == _NOTE
    assert text_of(answer) == "Hello, wörld 你好."


async def test_an_answer_is_never_sent_without_its_question(admin: Person, upstream: Upstream, provider: str) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 256})
    await admin.ask(session["id"], _LONG)

    answer = await admin.ask(session["id"], "short")

    assert said(upstream) == [("user", "short")]
    assert answer["content_parts"][0] == _NOTE


async def test_a_question_that_is_too_long_by_itself_is_still_asked(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/plain", name="n", settings={"context_tokens": 256})
    await admin.ask(session["id"], "before")

    answer = await admin.ask(session["id"], _LONG * 3)

    assert said(upstream) == [("user", _LONG * 3)]
    assert answer["content_parts"][0] == _NOTE


async def test_what_goes_on_past_the_window_keeps_its_question(
    admin: Person, upstream: Upstream, provider: str
) -> None:
    session = await admin.session(f"{provider}/length", name="n", settings={"context_tokens": 256})
    await admin.ask(session["id"], "before")
    answer = await admin.ask(session["id"], _LONG)

    went_on = await admin.act(session["id"], answer["id"], "continue")
    await admin.ended(session["id"], went_on)

    assert [role for role, _ in said(upstream)] == ["user", "assistant", "user"]
    assert said(upstream)[0][1] == _LONG


async def test_a_talk_that_fits_has_no_note(ann: Person) -> None:
    session = await ann.session()
    for number in range(3):
        answer = await ann.ask(session["id"], str(number))

    assert [part["type"] for part in answer["content_parts"]] == ["text"]


async def test_a_history_is_read_page_by_page_up_to_a_bound(db: Database, session: Session) -> None:
    drafts: list[tree.Draft] = []
    for number in range(450):
        parent_id = drafts[-1].id if drafts else None
        parts = [{"type": "text", "text": str(number)}]
        drafts.append(tree.Draft(session.id, parent_id, "assistant" if number % 2 else "user", parts, "complete"))
    async with db.begin() as tx:
        await tree.append(tx, drafts)

        whole, is_cut = await read_history(tx, session.id, drafts[-1].id, 10**9)
        few, is_few_cut = await read_history(tx, session.id, drafts[-1].id, 60)

    assert (len(whole), is_cut) == (450, False)
    assert [message.content_parts[0]["text"] for message in whole] == [str(number) for number in range(450)]
    assert is_few_cut
    assert 2 <= len(few) < 20
    assert few[0].role == "user"


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 1),
        ("hello world", 2, 6),
        ("The quick brown fox jumps over the lazy dog. " * 10, 100, 160),
        ("敏捷的棕色狐狸跳过了懒狗", 10, 16),
        ("naïve café", 2, 8),
    ],
)
def test_tokens_are_guessed_rather_too_many_than_too_few(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most
