"""Every SQL statement of the event log and of runs, but for the committer's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from chatbox.generation.frame import Frame
from chatbox.generation.tables import Generation, Instance, SessionEvent, SessionLog
from chatbox.kernel.db import Transaction, driver


@dataclass(frozen=True, slots=True)
class LogHead:
    """Where a session's log stands. Following from `resume_seq` misses nothing of a running answer."""

    last_seq: int
    floor_seq: int
    generation_id: UUID | None
    generation_from: int
    is_missing: bool = False

    @property
    def resume_seq(self) -> int:
        return self.last_seq if self.generation_id is None else self.generation_from


_HEAD = (SessionLog.last_seq, SessionLog.floor_seq, SessionLog.generation_id, SessionLog.generation_from)
_EMPTY_LOG = LogHead(0, 0, None, 0, is_missing=True)


_LOCK_HEAD = """
SELECT last_seq, floor_seq, generation_id, generation_from FROM session_logs WHERE session_id = $1 FOR UPDATE
"""
# Building a statement costs more than running it: those that are run often are built once.
_READ_HEAD = select(*_HEAD).where(SessionLog.session_id == bindparam("session_id"))


async def read_head(tx: Transaction, session_id: UUID) -> LogHead:
    row = (await tx.execute(_READ_HEAD, {"session_id": session_id})).first()
    return LogHead(*row) if row else _EMPTY_LOG


async def lock_log(tx: Transaction, session_id: UUID, *, make: bool) -> LogHead:
    """The head of the log, locked until the transaction ends. `make` makes the row when the session has none yet.

    Who changes a session and its log locks the log first, so that two of them never wait for each other.
    """
    row = await driver(tx).fetchrow(_LOCK_HEAD, session_id)
    if row is None and make:
        await tx.execute(_MAKE_IN_TURN, {"session_id": session_id})
        await tx.execute(_MAKE_LOG, {"session_id": session_id})
        row = await driver(tx).fetchrow(_LOCK_HEAD, session_id)
    return LogHead(*row) if row else _EMPTY_LOG


# Those who would make the same log take turns, so that none waits for another while it holds on to the session.
_MAKE_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:session_id AS text), 0))").bindparams(
    bindparam("session_id", type_=UUID_TYPE())
)
# Waits for whoever is deleting the session, and makes nothing when it is gone.
_MAKE_LOG = text(
    """
    INSERT INTO session_logs (session_id)
    SELECT id FROM chat_sessions WHERE id = :session_id FOR KEY SHARE
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("session_id", type_=UUID_TYPE()))


@dataclass(frozen=True, slots=True)
class Running:
    """Which run may append answer events from now on; None for no run."""

    generation_id: UUID | None


_RECORD = """
WITH head AS (
  INSERT INTO session_logs AS l (session_id, last_seq, generation_id, generation_from)
  VALUES ($1, $4, $3, $4)
  ON CONFLICT (session_id) DO UPDATE SET
    last_seq = l.last_seq + $4,
    generation_id = CASE WHEN $5 THEN $3 ELSE l.generation_id END,
    generation_from = CASE WHEN $5 THEN l.last_seq + $4 ELSE l.generation_from END,
    commit_id = CASE WHEN $5 THEN NULL ELSE l.commit_id END
  RETURNING l.last_seq - $4 AS base
), written AS (
  INSERT INTO session_events (session_id, seq, generation_id, type, data)
  SELECT $1, head.base + e.place, $2, e.type, e.data
  FROM head, unnest($6::text[], $7::bytea[]) WITH ORDINALITY AS e(type, data, place)
)
SELECT base FROM head
"""


async def record(
    tx: Transaction,
    session_id: UUID,
    events: Sequence[tuple[str, bytes]],
    *,
    generation_id: UUID | None,
    running: Running | None,
) -> list[Frame]:
    """Append events within a larger transaction, and name the running run if `running` says so.

    The caller publishes the frames after the commit.
    """
    base: int = await driver(tx).fetchval(
        _RECORD,
        session_id,
        generation_id,
        running.generation_id if running else None,
        len(events),
        running is not None,
        [kind for kind, _ in events],
        [data for _, data in events],
    )
    return [Frame(base + place, kind, data) for place, (kind, data) in enumerate(events, 1)]


async def read_events(
    tx: Transaction, session_id: UUID, after: int, limit: int, *, most_bytes: int | None = None
) -> list[Frame]:
    """The next events, at most `limit`, and no more once their data reach `most_bytes`."""
    size = func.octet_length(SessionEvent.data)
    before = (func.sum(size).over(order_by=SessionEvent.seq) - size).label("before")
    events = (
        select(SessionEvent.seq, SessionEvent.type, SessionEvent.data, before)
        .where(SessionEvent.session_id == session_id, SessionEvent.seq > after)
        .order_by(SessionEvent.seq)
        .limit(limit)
        .subquery()
    )
    statement = select(events.c.seq, events.c.type, events.c.data).order_by(events.c.seq)
    if most_bytes is not None:
        statement = statement.where(events.c.before < most_bytes)
    return [Frame(seq, kind, data) for seq, kind, data in await tx.execute(statement)]


async def read_run_events(tx: Transaction, session_id: UUID, generation_id: UUID, after: int) -> list[Frame]:
    """Everything that one run wrote, in order; `after` bounds the search to its own stretch of the log."""
    rows = await tx.execute(
        select(SessionEvent.seq, SessionEvent.type, SessionEvent.data)
        .where(
            SessionEvent.session_id == session_id,
            SessionEvent.seq > after,
            SessionEvent.generation_id == generation_id,
        )
        .order_by(SessionEvent.seq)
    )
    return [Frame(seq, kind, data) for seq, kind, data in rows]


async def read_last_seqs(tx: Transaction, session_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await tx.execute(
        select(SessionLog.session_id, SessionLog.last_seq).where(SessionLog.session_id == func.any(list(session_ids)))
    )
    return {row.session_id: row.last_seq for row in rows}


_RUN_COLUMNS = (
    "id",
    "session_id",
    "message_id",
    "owner_id",
    "kind",
    "model",
    "language",
    "status",
    "client_id",
    "instance_id",
    "started_at",
)
_ADD_RUN = f"""
INSERT INTO generations ({", ".join(_RUN_COLUMNS)})
VALUES ({", ".join(f"${place}" for place in range(1, len(_RUN_COLUMNS) + 1))})
"""  # noqa: S608 - the names above


async def add_generation(tx: Transaction, run: Generation) -> None:
    """Insert the row of a run; `run` itself stays outside the transaction's bookkeeping."""
    await driver(tx).execute(_ADD_RUN, *(getattr(run, name) for name in _RUN_COLUMNS))


@dataclass(frozen=True, slots=True)
class Granted:
    """The run that a wish made."""

    id: UUID
    message_id: UUID
    kind: str


_BY_CLIENT_ID = "SELECT id, message_id, kind FROM generations WHERE session_id = $1 AND client_id = $2"


async def find_by_client_id(tx: Transaction, session_id: UUID, client_id: str) -> Granted | None:
    row = await driver(tx).fetchrow(_BY_CLIENT_ID, session_id, client_id)
    return Granted(**row) if row else None


async def find_generation(tx: Transaction, generation_id: UUID) -> Generation | None:
    return await tx.get(Generation, generation_id)


async def live_generations(tx: Transaction, session_id: UUID) -> Sequence[Generation]:
    """What runs or waits in a session, oldest first."""
    statement = (
        select(Generation)
        .where(Generation.session_id == session_id, Generation.status.in_(("queued", "running")))
        .order_by(Generation.id)
    )
    return (await tx.scalars(statement)).all()


_CLAIM = (
    update(Generation)
    .where(
        Generation.id
        == select(Generation.id)
        .where(Generation.session_id == bindparam("of_session"), Generation.status == "queued")
        .order_by(Generation.id)
        .limit(1)
        .scalar_subquery()
    )
    .values(status="running", instance_id=bindparam("claimer"), started_at=func.now())
    .returning(Generation)
    .execution_options(synchronize_session=False)
)


async def claim_next(tx: Transaction, session_id: UUID, instance_id: UUID) -> Generation | None:
    """Give the oldest waiting run of the session to this instance. The session's log must be locked."""
    return await tx.scalar(_CLAIM, {"of_session": session_id, "claimer": instance_id})


_FINISH = (
    update(Generation)
    .where(Generation.id == bindparam("run_id"))
    .values(status=bindparam("new_status"), finished_at=func.now(), instance_id=None)
    .execution_options(synchronize_session=False)
)


async def finish_generation(tx: Transaction, generation_id: UUID, status: str) -> None:
    await tx.execute(_FINISH, {"run_id": generation_id, "new_status": status})


async def request_stop(tx: Transaction, generation_ids: Sequence[UUID]) -> None:
    await tx.execute(
        update(Generation).where(Generation.id == func.any(list(generation_ids))).values(stop_requested=True)
    )


async def beat(tx: Transaction, instance_id: UUID) -> None:
    await tx.execute(
        upsert(Instance)
        .values(id=instance_id)
        .on_conflict_do_update(index_elements=[Instance.id], set_={"heartbeat_at": func.clock_timestamp()})
    )


async def remove_instance(tx: Transaction, instance_id: UUID) -> None:
    await tx.execute(delete(Instance).where(Instance.id == instance_id))


async def remove_dead_instances(tx: Transaction, older_than: timedelta) -> None:
    await tx.execute(delete(Instance).where(Instance.heartbeat_at < func.clock_timestamp() - older_than))


async def runs_of_instance(tx: Transaction, instance_id: UUID) -> dict[UUID, bool]:
    """The runs that the database says are ours, and whether a stop was asked for."""
    rows = await tx.execute(
        select(Generation.id, Generation.stop_requested).where(
            Generation.status == "running", Generation.instance_id == instance_id
        )
    )
    return {row.id: row.stop_requested for row in rows}


async def abandoned_runs(
    tx: Transaction, instance_id: UUID, silent_for: timedelta, *, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """(session, run) of runs whose instance was silent for so long when `instance_id`, who asks, last gave a sign of
    life: while nobody's signs are stored, nobody falls behind."""
    mine, alive = aliased(Instance), aliased(Instance)
    is_alive = exists().where(
        alive.id == Generation.instance_id,
        alive.heartbeat_at >= mine.heartbeat_at - bindparam("silent_for", silent_for),
    )
    rows = await tx.execute(
        select(Generation.session_id, Generation.id)
        .join(mine, mine.id == instance_id)
        .where(Generation.status == "running", ~is_alive)
        .limit(limit)
    )
    return [(session_id, generation_id) for session_id, generation_id in rows]


async def unstarted_sessions(tx: Transaction, limit: int) -> Sequence[UUID]:
    """Sessions where something waits and nothing runs: their instance left between two answers."""
    statement = (
        select(Generation.session_id)
        .join(SessionLog, SessionLog.session_id == Generation.session_id)
        .where(Generation.status == "queued", SessionLog.generation_id.is_(None))
        .distinct()
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


_TRIM = text(
    """
    WITH old AS (
      SELECT e.session_id, max(e.seq) AS upto FROM session_events e
      WHERE e.created_at < :before
        AND NOT EXISTS (SELECT 1 FROM session_logs l WHERE l.session_id = e.session_id AND l.generation_id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.session_id = e.session_id AND g.finished_at >= :before)
      GROUP BY e.session_id LIMIT :most
    ), raised AS (
      UPDATE session_logs l SET floor_seq = greatest(l.floor_seq, old.upto) FROM old WHERE l.session_id = old.session_id
    )
    DELETE FROM session_events e USING old WHERE e.session_id = old.session_id AND e.seq <= old.upto
    """
)


async def trim(tx: Transaction, before: datetime, most_sessions: int) -> int:
    """Remove log rows from before `before` of sessions that were quiet since then. Returns how many rows went."""
    result = await tx.execute(_TRIM, {"before": before, "most": most_sessions})
    return int(getattr(result, "rowcount", 0))
