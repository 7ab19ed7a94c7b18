"""The runs of a process: they are stopped, drained, and each ends with what it had."""

import asyncio

import pytest
from tests.support.journals import DEADLINE_SECONDS, read_log
from tests.support.workers import (
    MODEL,
    Puppet,
    Session,
    Worker,
    answer_id,
    begun,
    new_session,
    settled,
    stored,
)

from chatbox.generation.service import Wish
from chatbox.kernel.errors import ShuttingDown
from chatbox.providers.port import ModelUnreachable, ReasoningDelta, TextDelta, ToolCall, ToolCallDone


async def test_a_stop_keeps_what_was_written_and_closes_the_models_stream(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ", "it")
    assert sent.generation_id is not None

    assert here.jobs.stop(sent.generation_id)

    answer = await settled(here, session, sent)
    assert (answer.status, answer.text, answer.finish_reason) == ("stopped", "Because it", None)
    assert speech.closed.is_set()


async def test_a_run_that_is_not_here_cannot_be_stopped_here(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    assert sent.generation_id is not None

    assert not there.jobs.stop(sent.generation_id)


async def test_a_stop_before_the_model_is_asked_ends_the_answer_empty(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent = await here.ask(session)
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)

    answer = await settled(here, session, sent)

    assert (answer.status, answer.parts) == ("stopped", [])
    assert puppet.is_idle


async def test_a_stop_before_an_answer_goes_on_keeps_what_it_had(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "The first hundred pages")
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)
    await settled(here, session, sent)

    again = await here.generations.resume(session.owner, session.id, answer_id(sent), None)
    assert again.generation_id is not None
    here.jobs.stop(again.generation_id)

    answer = await settled(here, session, again)
    assert (answer.status, answer.text) == ("stopped", "The first hundred pages")


async def test_an_answer_that_cannot_go_on_keeps_what_it_had_and_says_why(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "The first hundred pages")
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)
    await settled(here, session, sent)
    other, speech = await begun(here, puppet, session, "Meanwhile")
    again = await here.generations.resume(session.owner, session.id, answer_id(sent), None)
    here.built_in.clear()
    speech.finish()
    await settled(here, session, other)

    answer = await settled(here, session, again)

    assert (answer.status, answer.text) == ("error", "The first hundred pages")
    assert (answer.parts[-1]["type"], answer.parts[-1]["code"]) == ("error", "model_unknown")


async def test_a_failure_keeps_what_was_written(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    speech.give(ModelUnreachable("no \x00 route \ud800"))

    answer = await settled(here, session, sent)
    assert (answer.status, answer.text) == ("error", "Because ")
    assert answer.parts[-1]["params"] == {"provider_said": "no  route ?"}


async def test_a_call_of_a_tool_that_was_not_offered_is_refused_whatever_is_in_it(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "I look. ")

    speech.give(ToolCallDone(ToolCall("c\x001", "rm\x00 -rf \ud800", '{"a": "\x00"}', "s\x00ig")))
    speech.finish()

    answer = await settled(here, session, sent)
    assert answer.status == "complete"
    assert answer.parts[-1] == {
        "type": "tool-call",
        "toolCallId": "c1",
        "toolName": "rm -rf ?",
        "args": {"a": ""},
        "state": "error",
        "result": "tool_not_offered",
        "signature": "sig",
    }


async def test_what_is_stored_is_what_was_shown_when_a_model_says_nothing_at_length(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent = await here.ask(session)
    speech = await puppet.asked()
    for event in (TextDelta(""), ReasoningDelta("so "), TextDelta("\x00"), ReasoningDelta(""), ReasoningDelta("it is")):
        speech.give(event)
    speech.finish()

    answer = await settled(here, session, sent)

    assert answer.parts == [{"type": "reasoning", "text": "so it is", "provider": "scripted"}]
    assert [frame.type for frame in await read_log(here.db, session.id)].count("stream_chunk") == 0


async def test_nothing_new_is_begun_while_the_process_leaves(here: Worker, puppet: Puppet, session: Session) -> None:
    await here.jobs.drain(0)

    with pytest.raises(ShuttingDown):
        await here.generations.send(session.owner, session.id, [], Wish(model=MODEL))
    assert puppet.is_idle


async def test_answers_get_their_time_before_the_process_leaves(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    draining = asyncio.create_task(here.jobs.drain(DEADLINE_SECONDS))
    speech.say("I say so.")
    speech.finish()
    await draining

    answer = await stored(here.db, answer_id(sent))
    assert (answer.status, answer.text) == ("complete", "Because I say so.")
    assert here.jobs.count() == 0


async def test_an_answer_that_takes_too_long_is_interrupted_and_kept(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    await here.jobs.drain(0)

    answer = await stored(here.db, answer_id(sent))
    assert (answer.status, answer.text) == ("interrupted", "Because ")
    assert speech.closed.is_set()


async def test_a_process_that_does_nothing_leaves_at_once(here: Worker) -> None:
    async with asyncio.timeout(1):
        await here.jobs.drain(DEADLINE_SECONDS)


async def test_what_comes_after_a_turn_comes_after_complete_ones_only(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    complete, speech = await begun(here, puppet, session, "Because")
    speech.finish()
    await settled(here, session, complete)
    stopped, _ = await begun(here, puppet, session, "Or not")
    assert stopped.generation_id is not None
    here.jobs.stop(stopped.generation_id)
    await settled(here, session, stopped)
    other = await new_session(here.db)
    _, lost = await begun(here, puppet, other, "Who knows")
    await here.fall_silent()
    await there.reaper.look()
    lost.finish()
    async with asyncio.timeout(DEADLINE_SECONDS):
        while here.jobs.count():
            await asyncio.sleep(0.01)

    assert [job.generation.id for job in here.turns] == [complete.generation_id]


async def test_the_count_of_answers_goes_up_and_down(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await begun(here, puppet, session, "Because")
    assert here.jobs.count() == 1

    speech.finish()
    await settled(here, session, sent)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while here.jobs.count():
            await asyncio.sleep(0.01)

    assert here.jobs.finished == 1


async def test_a_run_is_missed_only_when_it_is_missing_twice(here: Worker, session: Session, puppet: Puppet) -> None:
    sent = await here.ask(session)
    assert sent.generation_id is not None
    strange = answer_id(sent)
    owned = {sent.generation_id: False, strange: False}

    assert here.jobs.reconcile(owned) == []
    assert here.jobs.reconcile(owned) == [strange]


async def test_a_run_that_is_begun_twice_runs_once(here: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await begun(here, puppet, session, "Because")
    [job] = here.jobs._running.values()

    here.jobs.start(job.generation)

    speech.finish()
    assert (await settled(here, session, sent)).status == "complete"
    assert puppet.is_idle
