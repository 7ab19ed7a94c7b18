"""Whoever changes a session and its log waits for the others, and never in a circle."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.journals import DEADLINE_SECONDS, read_log
from tests.support.workers import (
    Puppet,
    Session,
    Worker,
    answer_id,
    begun,
    new_session,
    settled,
    somebody_waits_for_a_lock,
)

from chatbox.generation import store
from chatbox.sessions.errors import SessionNotFound
from chatbox.sessions.schemas import SessionPatch

_DELETE = text("DELETE FROM chat_sessions WHERE id = :id")

Verb = Callable[[Worker, Session], Awaitable[Any]]


async def ask(worker: Worker, session: Session) -> None:
    await worker.ask(session)


async def rename(worker: Worker, session: Session) -> None:
    await worker.generations.sessions.change(session.owner.id, session.id, SessionPatch(name="Sky"))


async def delete(worker: Worker, session: Session) -> None:
    await worker.generations.sessions.delete(session.owner.id, session.id)


async def switch(worker: Worker, session: Session) -> None:
    found = await worker.generations.sessions.get(session.owner.id, session.id)
    assert found.active_leaf_id is not None
    await worker.generations.sessions.switch(session.owner.id, session.id, found.active_leaf_id)


async def answered(worker: Worker, puppet: Puppet, session: Session) -> None:
    """Let the session have a question and an answer."""
    sent, speech = await begun(worker, puppet, session, "Because")
    speech.finish()
    await settled(worker, session, sent)


@pytest.mark.parametrize("verb", [rename, delete, switch])
async def test_a_verb_that_meets_a_log_in_use_waits_before_it_touches_the_session(
    here: Worker, puppet: Puppet, session: Session, verb: Verb
) -> None:
    await answered(here, puppet, session)
    async with here.db.begin() as tx:
        await store.lock_log(tx, session.id, make=False)
        verb_done = asyncio.create_task(as_task(verb(here, session)))
        await somebody_waits_for_a_lock(here.db)

        async with asyncio.timeout(DEADLINE_SECONDS):  # the verb holds nothing that this needs
            await here.generations.sessions.move_leaf(tx, session.id, None)

    await verb_done


async def as_task(work: Awaitable[Any]) -> None:
    await work


@pytest.mark.parametrize("verb", [rename, delete])
async def test_first_messages_and_verbs_do_not_wait_for_each_other(
    here: Worker, there: Worker, puppet: Puppet, verb: Verb
) -> None:
    for _ in range(10):
        session = await new_session(here.db)

        outcomes = await asyncio.gather(
            *(act(worker, session) for _ in range(2) for act in (ask, verb) for worker in (here, there)),
            return_exceptions=True,
        )

        assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {SessionNotFound}


async def test_many_verbs_at_once_all_find_an_end(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    await answered(here, puppet, session)
    sent, speech = await begun(here, puppet, session, "Because")

    async def speak() -> None:
        for number in range(20):
            speech.say(f"{number} ")
            await asyncio.sleep(0)
        speech.finish()

    verbs = [verb(worker, session) for worker in (here, there) for verb in (rename, switch) for _ in range(5)]
    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(speak(), *verbs)
        assert (await settled(here, session, sent)).status == "complete"

    seqs = [frame.seq for frame in await read_log(here.db, session.id)]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_an_answer_whose_session_is_deleted_ends_and_stores_nothing(
    here: Worker, there: Worker, puppet: Puppet, session: Session
) -> None:
    _, speech = await begun(here, puppet, session, "Because ")

    await delete(there, session)

    async with asyncio.timeout(DEADLINE_SECONDS):
        while not speech.closed.is_set():
            speech.say("to nobody ")
            await asyncio.sleep(0.001)
        while here.jobs.count():
            await asyncio.sleep(0.01)


async def test_a_message_to_a_session_that_is_just_deleted_finds_none(
    here: Worker, there: Worker, session: Session
) -> None:
    async with there.db.begin() as tx:
        await tx.execute(_DELETE, {"id": session.id})
        sending = asyncio.create_task(here.ask(session))
        await somebody_waits_for_a_lock(here.db)

    with pytest.raises(SessionNotFound):
        await sending


async def test_an_answer_that_is_gone_on_with_cannot_be_deleted_meanwhile(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    sent, _ = await begun(here, puppet, session, "Because")
    assert sent.generation_id is not None
    here.jobs.stop(sent.generation_id)
    await settled(here, session, sent)

    going, deleting = await asyncio.gather(
        here.generations.resume(session.owner, session.id, answer_id(sent), None),
        here.generations.sessions.delete_message(session.owner.id, session.id, answer_id(sent)),
        return_exceptions=True,
    )

    assert isinstance(going, BaseException) != isinstance(deleting, BaseException), "one of them comes first"
