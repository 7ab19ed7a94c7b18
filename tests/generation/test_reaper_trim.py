"""The log of an answer is kept for a while after its end, and then goes."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.generation.conftest import MakeWorker
from tests.support.journals import DEADLINE_SECONDS, read_log
from tests.support.workers import KEEP_LOG_FOR, Puppet, Session, Worker, begun, new_session, settled

from chatbox.generation import store
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.ids import new_id

_LONG_AGO = 2 * KEEP_LOG_FOR
_AGE_EVENTS = text("UPDATE session_events SET created_at = created_at - CAST(:by AS interval) WHERE session_id = :id")
_AGE_ENDS = text("UPDATE generations SET finished_at = finished_at - CAST(:by AS interval) WHERE session_id = :id")


async def age(db: Database, session: Session, *, events: timedelta, ends: timedelta) -> None:
    async with db.begin() as tx:
        await tx.execute(_AGE_EVENTS, {"by": events, "id": session.id})
        await tx.execute(_AGE_ENDS, {"by": ends, "id": session.id})


async def trim(db: Database, most_sessions: int = 100) -> int:
    async with db.begin() as tx:
        return await store.trim(tx, utc_now() - KEEP_LOG_FOR, most_sessions)


async def answered(worker: Worker, puppet: Puppet, session: Session) -> None:
    sent, speech = await begun(worker, puppet, session, "Because")
    speech.finish()
    await settled(worker, session, sent)


async def test_an_old_log_goes(here: Worker, puppet: Puppet, session: Session) -> None:
    await answered(here, puppet, session)
    last = (await read_log(here.db, session.id))[-1].seq
    await age(here.db, session, events=_LONG_AGO, ends=_LONG_AGO)

    assert await trim(here.db) == last

    async with here.db.begin() as tx:
        head = await store.read_head(tx, session.id)
    assert (head.last_seq, head.floor_seq) == (last, last)


async def test_a_fresh_log_stays(here: Worker, puppet: Puppet, session: Session) -> None:
    await answered(here, puppet, session)

    assert await trim(here.db) == 0


async def test_a_log_whose_answer_ended_lately_stays_however_old_its_beginning(
    here: Worker, puppet: Puppet, session: Session
) -> None:
    await answered(here, puppet, session)
    await age(here.db, session, events=_LONG_AGO, ends=timedelta(minutes=61))

    assert await trim(here.db) == 0


async def test_the_log_of_an_answer_that_is_being_written_stays(here: Worker, puppet: Puppet, session: Session) -> None:
    await begun(here, puppet, session, "Because")
    await age(here.db, session, events=_LONG_AGO, ends=_LONG_AGO)

    assert await trim(here.db) == 0


async def test_what_was_told_lately_stays_when_the_rest_goes(here: Worker, puppet: Puppet, session: Session) -> None:
    await answered(here, puppet, session)
    await age(here.db, session, events=_LONG_AGO, ends=_LONG_AGO)
    await here.instance.tell(session.id)

    await trim(here.db)

    assert [frame.type for frame in await read_log(here.db, session.id)] == ["session_updated"]


async def test_what_a_deleted_session_left_goes(here: Worker, puppet: Puppet, session: Session) -> None:
    await answered(here, puppet, session)
    await here.generations.sessions.delete(session.owner.id, session.id)
    await age(here.db, session, events=_LONG_AGO, ends=_LONG_AGO)

    await trim(here.db)

    assert await read_log(here.db, session.id) == []


async def test_many_old_logs_go_a_few_at_a_time(here: Worker) -> None:
    for _ in range(5):
        session = await new_session(here.db)
        await here.instance.tell(session.id)
        await age(here.db, session, events=_LONG_AGO, ends=_LONG_AGO)

    assert [await trim(here.db, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_whoever_starts_trims(db: Database, make_worker: MakeWorker, session: Session) -> None:
    async with db.begin() as tx:
        await store.record(tx, session.id, [("pong", b"{}")], generation_id=None, running=None)
    await age(db, session, events=_LONG_AGO, ends=_LONG_AGO)

    await make_worker()

    async with asyncio.timeout(DEADLINE_SECONDS):
        while await read_log(db, session.id):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("silent_for", "is_known"), [("25 hours", False), ("23 hours", True)])
async def test_instances_that_died_long_ago_are_forgotten(
    db: Database, make_worker: MakeWorker, silent_for: str, is_known: bool
) -> None:
    dead, marker = new_id(), new_id()
    async with db.begin() as tx:
        await tx.execute(_BEAT, {"id": dead, "ago": silent_for})
        await tx.execute(_BEAT, {"id": marker, "ago": "100 hours"})

    await make_worker()

    async with asyncio.timeout(DEADLINE_SECONDS):
        while await known(db, marker):
            await asyncio.sleep(0.01)
    assert await known(db, dead) == is_known


async def known(db: Database, instance_id: object) -> bool:
    async with db.begin() as tx:
        return bool(await tx.scalar(_KNOWN, {"id": instance_id}))


_BEAT = text("INSERT INTO instances (id, heartbeat_at) VALUES (:id, now() - CAST(CAST(:ago AS text) AS interval))")
_KNOWN = text("SELECT count(*) FROM instances WHERE id = :id")
