"""A model asks for tools, gets their results and goes on, until it is done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from tests.generation.conftest import MakeWorker
from tests.support.attached_files import Made, put_file
from tests.support.journals import DEADLINE_SECONDS, read_log
from tests.support.workers import (
    Puppet,
    Session,
    Speech,
    Stored,
    Worker,
    answer_id,
    settled,
    shown,
    somebody_waits_for_a_lock,
    stored,
)

from chatbox.generation.rounds import MOST_CALLS_IN_ROUND, MOST_ROUNDS
from chatbox.generation.service import Sent
from chatbox.providers.port import (
    ModelInfo,
    ModelMessage,
    ReasoningDelta,
    StreamBroken,
    Text,
    Thinking,
    ToolCall,
    ToolCallDone,
    ToolResult,
)

_PAGES = [f"Page {number} is about {topic}. " + "filler " * 3000 for number, topic in enumerate(["tea", "rice"], 1)]


@pytest.fixture
def puppet() -> Puppet:
    return Puppet(ModelInfo("puppet", context_window=8000, calls_tools=True))


async def asked(worker: Worker, puppet: Puppet, session: Session) -> tuple[Sent, Speech]:
    """A question about a long document, whose model has tools."""
    made = Made("kitchen.pdf", pages=_PAGES)
    file_id = await put_file(worker.db, worker.files.storage, session.owner.id, made)
    sent = await worker.ask(session, files=[file_id])
    return sent, await puppet.asked()


def call(speech: Speech, name: str, arguments: str = "{}", call_id: str = "c1") -> None:
    speech.give(ToolCallDone(ToolCall(call_id, name, arguments)))


def calls_of(answer: Stored) -> list[dict[str, Any]]:
    return [part for part in answer.parts if part["type"] == "tool-call"]


async def told(worker: Worker, session: Session) -> list[tuple[str, dict[str, Any]]]:
    return [(frame.type, msgspec.json.decode(frame.data)) for frame in await read_log(worker.db, session.id)]


@asynccontextmanager
async def texts_locked(worker: Worker) -> AsyncIterator[None]:
    """Nobody can read a file's text for as long as the block lasts: every tool that does so hangs."""
    blocker = await worker.db.connect()
    try:
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE file_texts IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await blocker.close()


async def test_the_results_of_tools_go_back_to_the_model(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, first = await asked(here, puppet, session)
    assert [tool.name for tool in first.request.tools] == ["list_files", "read_file", "search_file"]
    first.say("I look. ")
    call(first, "list_files", "{}", "c1")
    call(first, "search_file", '{"query": "rice"}', "c2")
    first.finish("tool_calls")

    second = await puppet.asked()
    second.say("It is about rice.")
    second.finish()

    answer = await settled(here, session, sent)
    listed, found = (part["result"] for part in calls_of(answer))
    assert listed == f"1. kitchen.pdf (application/pdf, 2 pages, {sum(map(len, _PAGES))} characters)"
    assert found.startswith("[kitchen.pdf, page 2, from character ")
    assert list(second.request.messages) == [
        *first.request.messages,
        ModelMessage(
            "assistant",
            (
                Text("I look. "),
                ToolCall("c1", "list_files", "{}"),
                ToolCall("c2", "search_file", '{"query": "rice"}'),
            ),
        ),
        ModelMessage(
            "tool",
            (ToolResult("c1", "list_files", (Text(listed),)), ToolResult("c2", "search_file", (Text(found),))),
        ),
    ]
    assert second.request.tools == first.request.tools
    assert [part["type"] for part in answer.parts] == ["info", "text", "tool-call", "tool-call", "text"]
    assert (answer.status, answer.finish_reason) == ("complete", "stop")
    assert answer.usage == {"inputTokens": 6, "outputTokens": 10, "totalTokens": 16}


async def test_calls_and_results_are_told_as_they_happen(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, first = await asked(here, puppet, session)
    async with texts_locked(here):
        call(first, "read_file", '{"file": "1"}', "slow")
        call(first, "list_files", "{}", "quick")
        first.finish("tool_calls")
        viewer = here.watch(session)
        await viewer.reached(await _seq_of(here, session, "tool_result", "quick"))
        await viewer.leave()
    (await puppet.asked()).finish()

    await settled(here, session, sent)
    events = [(kind, data["toolCallId"]) for kind, data in await told(here, session) if kind.startswith("tool")]
    assert events == [("tool_call", "slow"), ("tool_call", "quick"), ("tool_result", "quick"), ("tool_result", "slow")]


async def _seq_of(worker: Worker, session: Session, kind: str, call_id: str) -> int:
    """The number of an event, once it is there."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            for frame in await read_log(worker.db, session.id):
                if frame.type == kind and msgspec.json.decode(frame.data)["toolCallId"] == call_id:
                    return frame.seq


async def test_what_cannot_be_done_is_told_to_the_model_which_goes_on(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, first = await asked(here, puppet, session)
    call(first, "rm -rf", "{}", "unknown")
    call(first, "read_file", '{"file": ', "broken")
    call(first, "read_file", '{"file": "9"}', "missing")
    first.finish("tool_calls")

    second = await puppet.asked()
    second.say("Sorry.")
    second.finish()

    answer = await settled(here, session, sent)
    assert [(part["toolCallId"], part["state"]) for part in calls_of(answer)] == [
        ("unknown", "error"),
        ("broken", "error"),
        ("missing", "error"),
    ]
    results = second.request.messages[-1].parts
    assert all(isinstance(result, ToolResult) and result.is_error for result in results)
    assert "There is no tool of this name. The tools are: list_files" in calls_of(answer)[0]["result"]
    assert calls_of(answer)[1]["args"] == '{"file": '
    assert (answer.status, answer.text) == ("complete", "Sorry.")


async def test_a_model_that_never_stops_calling_is_ended_and_can_go_on(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await asked(here, puppet, session)
    for number in range(MOST_ROUNDS):
        speech = speech if number == 0 else await puppet.asked()
        call(speech, "list_files", "{}", f"c{number}")
        speech.finish("tool_calls")

    answer = await settled(here, session, sent)
    assert (answer.status, answer.parts[-1]["code"]) == ("error", "too_many_tool_rounds")
    assert [part["state"] for part in calls_of(answer)] == ["result"] * MOST_ROUNDS
    assert answer.usage == {"inputTokens": 3 * MOST_ROUNDS, "outputTokens": 5 * MOST_ROUNDS, "totalTokens": 64}

    went_on = await here.generations.resume(session.owner, session.id, answer_id(sent), None)
    speech = await puppet.asked()
    speech.say("Done.")
    speech.finish()
    after = await settled(here, session, went_on)
    assert (after.status, after.text, len(calls_of(after))) == ("complete", "Done.", MOST_ROUNDS)
    assert speech.request.messages[-1].role == "user"
    assert [part for message in speech.request.messages for part in message.parts if isinstance(part, ToolResult)]


async def test_too_many_calls_at_once_are_not_all_done(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await asked(here, puppet, session)
    for number in range(MOST_CALLS_IN_ROUND + 2):
        call(speech, "list_files", "{}", f"c{number}")
    speech.finish("tool_calls")
    (await puppet.asked()).finish()

    states = [part["state"] for part in calls_of(await settled(here, session, sent))]
    assert states == ["result"] * MOST_CALLS_IN_ROUND + ["error"] * 2


async def test_calls_that_share_an_id_get_their_own_results(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await asked(here, puppet, session)
    call(speech, "list_files", "{}", "call_0")
    call(speech, "read_file", '{"file": "1", "page": 1, "length": 9}', "call_0")
    call(speech, "list_files", "{}", "")
    speech.finish("tool_calls")
    (await puppet.asked()).finish()

    calls = calls_of(await settled(here, session, sent))
    assert len({part["toolCallId"] for part in calls}) == 3
    assert [part["result"][:12] for part in calls] == ["1. kitchen.p", "[kitchen.pdf", "1. kitchen.p"]


async def test_signed_thoughts_go_back_with_the_calls_they_led_to(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, first = await asked(here, puppet, session)
    first.give(ReasoningDelta("Hm."))
    first.give(ReasoningDelta("", "signed"))
    call(first, "list_files")
    first.finish("tool_calls")
    second = await puppet.asked()
    second.give(ReasoningDelta("So.", "again"))
    call(second, "list_files", "{}", "c2")
    second.finish("tool_calls")
    third = await puppet.asked()
    third.finish()

    await settled(here, session, sent)
    thoughts = [message.parts[0] for message in third.request.messages if message.role == "assistant"]
    assert thoughts == [Thinking("Hm.", "signed", "scripted"), Thinking("So.", "again", "scripted")]


async def test_results_leave_room_for_the_rest(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await asked(here, puppet, session)
    for number in range(4):
        call(speech, "read_file", '{"file": "1", "length": 100000}', f"c{number}")
    speech.finish("tool_calls")
    (await puppet.asked()).finish()

    results = [part["result"] for part in calls_of(await settled(here, session, sent))]
    assert all(1000 < len(result) < 8000 * 4 // 4 for result in results)
    assert sum(map(len, results)) < 8000 * 3.5


async def test_a_stop_ends_a_tool_and_keeps_what_was_called(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await asked(here, puppet, session)
    async with texts_locked(here):
        speech.say("I look. ")
        call(speech, "read_file", '{"file": "1"}')
        speech.finish("tool_calls")
        await shown(here, session, "I look. ")
        await somebody_waits_for_a_lock(here.db)

        await here.generations.stop(session.owner, session.id, answer_id(sent))
        answer = await settled(here, session, sent)

    assert answer.status == "stopped"
    [part] = calls_of(answer)
    assert (part["state"], part["result"]) == ("error", "tool_interrupted")
    assert answer.usage == {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}
    assert puppet.is_idle


async def test_a_process_that_dies_within_a_tool_leaves_the_call_in_the_answer(
    make_worker: MakeWorker, puppet: Puppet, session: Session
) -> None:
    here, there = await make_worker(), await make_worker()
    sent, speech = await asked(here, puppet, session)
    async with texts_locked(there):
        speech.say("I look. ")
        call(speech, "list_files", "{}", "done")
        call(speech, "read_file", '{"file": "1"}', "open")
        speech.finish("tool_calls")
        await _seq_of(there, session, "tool_result", "done")
        await here.die()
        await here.fall_silent()

        await there.reaper.look()

    answer = await stored(there.db, answer_id(sent))
    assert (answer.status, answer.text) == ("interrupted", "I look. ")
    assert [(part["toolCallId"], part["state"]) for part in calls_of(answer)] == [("done", "result"), ("open", "error")]


async def test_a_result_that_comes_after_others_ended_the_answer_changes_nothing(
    make_worker: MakeWorker, puppet: Puppet, session: Session
) -> None:
    here, there = await make_worker(), await make_worker()
    sent, speech = await asked(here, puppet, session)
    async with texts_locked(there):
        call(speech, "read_file", '{"file": "1"}')
        call(speech, "search_file", '{"query": "tea"}', "c2")
        speech.finish("tool_calls")
        await _seq_of(there, session, "tool_call", "c2")
        await here.fall_silent()
        await there.reaper.look()
    await here.jobs.drain(DEADLINE_SECONDS)

    answer = await stored(there.db, answer_id(sent))
    assert (answer.status, [part["state"] for part in calls_of(answer)]) == ("interrupted", ["error", "error"])
    assert puppet.is_idle
    assert not [kind for kind, _ in await told(there, session) if kind == "tool_result"]


async def test_what_breaks_in_a_later_round_keeps_the_earlier_ones(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await asked(here, puppet, session)
    call(speech, "list_files")
    speech.finish("tool_calls")
    second = await puppet.asked()
    second.say("It ")
    second.give(StreamBroken("cut"))

    answer = await settled(here, session, sent)

    assert (answer.status, answer.finish_reason) == ("error", None)
    assert [part["type"] for part in answer.parts] == ["info", "tool-call", "text", "error"]
    assert answer.usage == {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}


async def test_a_later_turn_sees_each_result_after_its_call(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await asked(here, puppet, session)
    speech.say("First. ")
    call(speech, "list_files")
    speech.finish("tool_calls")
    second = await puppet.asked()
    second.say("Then. ")
    second.finish()
    await settled(here, session, sent)

    again = await here.ask(session, "And now?")
    third = await puppet.asked()
    third.finish()
    await settled(here, session, again)

    assert [(message.role, type(message.parts[0])) for message in third.request.messages[1:]] == [
        ("assistant", Text),
        ("tool", ToolResult),
        ("assistant", Text),
        ("user", Text),
    ]


async def test_the_tools_read_only_the_files_of_the_conversation(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    other = await put_file(here.db, here.files.storage, session.owner.id, Made("private.txt", pages=["Not attached."]))
    sent, speech = await asked(here, puppet, session)
    call(speech, "read_file", f'{{"file": "{other}"}}')
    speech.finish("tool_calls")
    (await puppet.asked()).finish()

    [part] = calls_of(await settled(here, session, sent))
    assert (part["state"], "no such file" in part["result"]) == ("error", True)


async def test_a_file_that_is_deleted_meanwhile_is_gone_for_the_tools(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await asked(here, puppet, session)
    async with here.db.begin() as tx:
        await tx.execute(text("DELETE FROM files WHERE owner_id = :id"), {"id": session.owner.id})
    call(speech, "read_file", '{"file": "1"}')
    speech.finish("tool_calls")
    (await puppet.asked()).finish()

    [part] = calls_of(await settled(here, session, sent))
    assert (part["state"], part["result"]) == ("error", "This file is gone.")
