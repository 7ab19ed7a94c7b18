"""What a process leaves behind when it dies is finished by the others, once, and with everything that was durable."""

import asyncio

import msgspec
import pytest
from tests.generation.conftest import MakeWorker
from tests.support.journals import DEADLINE_SECONDS, read_log
from tests.support.workers import (
    LossyDatabase,
    Puppet,
    Session,
    Worker,
    answer_id,
    begun,
    heartbeat,
    new_session,
    settled,
    shown,
    somebody_waits_for_a_lock,
    stored,
)

from chatbox.generation import batch_store, store
from chatbox.generation.pending import Pending, encode
from chatbox.providers.port import ReasoningDelta


async def test_a_dead_instances_answer_is_finished_with_all_that_was_seen_of_it(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because ", "the sky ", "is 蓝.")
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    answer = await stored(there.db, answer_id(sent))
    assert (answer.status, answer.text) == ("interrupted", "Because the sky is 蓝.")


async def test_whoever_follows_a_dead_instances_answer_is_told_its_end(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    viewer = there.watch(session)
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    await viewer.reached((await read_log(there.db, session.id))[-1].seq)
    await viewer.leave()
    assert viewer.frames[-1].type == "stream_end"
    end = msgspec.json.decode(viewer.frames[-1].data)
    assert (end["status"], end["message_id"]) == ("interrupted", str(answer_id(sent)))


async def test_an_instance_that_lives_keeps_its_answers(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    await there.reaper.look()

    speech.say("I say so.")
    speech.finish()
    answer = await settled(there, session, sent)
    assert (answer.status, answer.text) == ("complete", "Because I say so.")


async def test_nobody_is_taken_for_dead_while_nobodys_signs_of_life_are_stored(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    await here.reaper.leave()
    await there.reaper.leave()
    async with there.db.begin() as tx:
        for worker in (here, there):
            await store.beat(tx, worker.instance.id)
    for worker in (here, there):
        await worker.miss_beats()

    await there.reaper.look()

    assert (await stored(there.db, answer_id(sent))).status == "streaming"


async def test_an_instance_that_left_takes_nobody_for_dead(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    await there.reaper.leave()

    await there.reaper.look()

    assert (await stored(there.db, answer_id(sent))).status == "streaming"


async def test_what_a_silent_owner_writes_until_the_last_moment_is_in_the_answer(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because ")
    assert sent.generation_id is not None
    pending = Pending()
    prefix = f'{{"message_id":"{answer_id(sent)}","generation_id":"{sent.generation_id}","chunk":'.encode()
    pending.add_text(session.id, sent.generation_id, "stream_chunk", prefix, "it is so.")
    late = await there.db.connect()
    await here.fall_silent()
    writing = late.transaction()
    await writing.start()
    await batch_store.append_batch(late, encode(pending.take()))

    looking = asyncio.create_task(there.reaper.look())
    await somebody_waits_for_a_lock(there.db)
    await writing.commit()
    await looking
    await late.close()

    assert (await stored(there.db, answer_id(sent))).text == "Because it is so."


async def test_an_owner_that_was_only_silent_stops_asking_its_model(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")
    await here.fall_silent()
    await there.reaper.look()

    speech.say("I live.")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not speech.closed.is_set():
            speech.say("Still.")
            await asyncio.sleep(0)

    assert (await stored(there.db, answer_id(sent))).text == "Because "
    assert not here.turns


async def test_two_that_look_at_once_finish_an_answer_once(
    here: Worker, there: Worker, make_worker: MakeWorker, puppet: Puppet, session: Session
) -> None:
    third = await make_worker()
    await begun(here, puppet, session, "Because")
    await here.die()
    await here.fall_silent()

    await asyncio.gather(there.reaper.look(), third.reaper.look(), there.reaper.look())

    assert [frame.type for frame in await read_log(there.db, session.id)].count("stream_end") == 1


async def test_an_answer_that_was_gone_on_with_keeps_its_earlier_part(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "The first ", "hundred pages, ")
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)
    await settled(here, session, sent)
    await here.generations.resume(session.owner, session.id, answer_id(sent), None)
    speech = await puppet.asked()
    speech.say("and the rest")
    await shown(here, session, "and the rest")
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    answer = await stored(there.db, answer_id(sent))
    assert (answer.status, answer.text) == ("interrupted", "The first hundred pages, and the rest")


async def test_an_answer_whose_owner_dies_before_it_goes_on_keeps_its_earlier_part(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "The first hundred pages")
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)
    await settled(here, session, sent)
    await here.generations.resume(session.owner, session.id, answer_id(sent), None)
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    answer = await stored(there.db, answer_id(sent))
    assert (answer.status, answer.text) == ("interrupted", "The first hundred pages")


async def test_what_waited_behind_a_dead_instances_answer_begins(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    await begun(here, puppet, session, "Because")
    waiting = await here.ask(session, "And then?")
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    speech = await puppet.asked()
    speech.say("Then this.")
    speech.finish()
    answer = await settled(there, session, waiting)
    assert (answer.status, answer.text) == ("complete", "Then this.")


async def test_what_an_instance_leaves_waiting_between_two_answers_begins(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    waiting = await here.ask(session, "And then?")
    await here.jobs.drain(0)
    assert (await stored(here.db, answer_id(sent))).status == "interrupted"

    await there.reaper.look()

    (await puppet.asked()).finish()
    assert (await settled(there, session, waiting)).status == "complete"


async def test_an_instance_that_leaves_begins_nothing(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    await begun(here, puppet, session, "Because")
    waiting = await here.ask(session, "And then?")
    await here.jobs.drain(0)
    await there.jobs.drain(0)

    await there.reaper.look()

    assert (await stored(there.db, answer_id(waiting))).status == "queued"


async def test_an_answer_whose_beginning_was_committed_without_a_word_is_written(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    task = asyncio.current_task()
    assert task is not None
    assert isinstance(here.db, LossyDatabase)
    here.db.losses.append(task.get_name())
    with pytest.raises(Exception, match="store_unavailable"):
        await here.ask(session, client_id="once")

    speech = await puppet.asked()
    speech.say("Here I am.")
    speech.finish()

    again = await here.ask(session, client_id="once")
    answer = await settled(here, session, again)
    assert (answer.status, answer.text) == ("complete", "Here I am.")
    assert puppet.is_idle


async def test_what_waits_begins_though_the_word_of_the_end_before_it_was_lost(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because")
    waiting = await here.ask(session, "And then?")
    assert isinstance(here.db, LossyDatabase)
    here.db.losses.append(f"run {sent.generation_id}")
    speech.finish()

    (await puppet.asked()).finish()

    assert (await settled(here, session, sent)).status == "complete"
    assert (await settled(here, session, waiting)).status == "complete"
    assert puppet.is_idle


async def test_an_answer_that_broke_without_a_word_is_finished_with_what_it_said(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, speech = await begun(here, puppet, session, "Because ")

    speech.give(RuntimeError("a fault in an adapter"))

    answer = await settled(here, session, sent)
    assert (answer.status, answer.text) == ("interrupted", "Because ")
    assert puppet.is_idle


async def test_a_stop_whose_word_was_lost_is_obeyed(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    async with there.db.begin() as tx:
        assert sent.generation_id is not None
        await store.request_stop(tx, [sent.generation_id])

    answer = await settled(there, session, sent)

    assert (answer.status, answer.text) == ("stopped", "Because")


async def test_a_run_that_cannot_be_finished_for_now_does_not_hold_up_the_signs_of_life(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    _, broken = await begun(here, puppet, session, "Because")
    async with here.db.begin() as locked:
        await store.lock_log(locked, session.id, make=False)
        broken.give(RuntimeError("a fault in an adapter"))
        await somebody_waits_for_a_lock(here.db)
        before = await heartbeat(here)

        async with asyncio.timeout(DEADLINE_SECONDS):
            while await heartbeat(here) == before:
                await asyncio.sleep(0.05)


async def test_a_run_that_cannot_be_finished_for_now_does_not_hold_up_the_others(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    await begun(here, puppet, session, "Because")
    other = await new_session(here.db)
    sent, _ = await begun(here, puppet, other, "Because")
    await here.die()
    await here.fall_silent()
    async with there.db.begin() as locked:
        await store.lock_log(locked, session.id, make=False)

        looking = asyncio.create_task(there.reaper.look())

        assert (await settled(there, other, sent)).status == "interrupted"
    await looking


async def test_an_instance_that_leaves_is_not_there_any_more(here: Worker) -> None:
    assert await heartbeat(here) is not None

    await here.reaper.leave()

    assert await heartbeat(here) is None


async def test_the_thoughts_of_an_abandoned_answer_are_kept(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    sent = await here.ask(session)
    speech = await puppet.asked()
    speech.give(ReasoningDelta("First I "))
    speech.give(ReasoningDelta("think.", signature="sig"))
    speech.say("Then I speak.")
    await shown(here, session, "Then I speak.")
    await here.die()
    await here.fall_silent()

    await there.reaper.look()

    thought, said = (await stored(there.db, answer_id(sent))).parts
    assert thought == {"type": "reasoning", "text": "First I think.", "provider": "scripted", "signature": "sig"}
    assert said == {"type": "text", "text": "Then I speak."}
