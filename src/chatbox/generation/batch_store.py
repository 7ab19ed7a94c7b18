"""The committer's SQL: many events of many running answers in one statement, on a connection of its own."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

# One statement, so one round trip and one commit: lock the logs in the order of their ids, keep those whose running
# answer is still ours (the lock re-reads the row, so a run that was finished by another instance drops out), number,
# write. One process alone writes for a run, and its later commits have greater ids: what was sent again because its
# answer got lost is not made twice, however late the first sending arrives. See docs/decisions/0003-journal.md.
_APPEND = """
WITH want AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS w(session_id, generation_id, n)
), held AS MATERIALIZED (
  SELECT l.session_id, w.generation_id, w.n FROM session_logs l
  JOIN want w ON w.session_id = l.session_id AND w.generation_id = l.generation_id
  WHERE l.commit_id IS NULL OR l.commit_id < $8
  ORDER BY l.session_id FOR UPDATE OF l
), numbered AS (
  UPDATE session_logs l SET last_seq = l.last_seq + h.n, commit_id = $8, commit_base = l.last_seq
  FROM held h WHERE l.session_id = h.session_id
  RETURNING l.session_id, h.generation_id, l.last_seq - h.n AS base
), written AS (
  INSERT INTO session_events (session_id, seq, generation_id, type, data)
  SELECT b.session_id, b.base + e.place, b.generation_id, e.type, e.data
  FROM unnest($4::uuid[], $5::int[], $6::text[], $7::bytea[]) AS e(generation_id, place, type, data)
  JOIN numbered b ON b.generation_id = e.generation_id
)
SELECT generation_id, base FROM numbered
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of several running answers for one commit; `places` count from 1 within their run."""

    commit_id: UUID
    sessions: list[UUID]
    generations: list[UUID]
    counts: list[int]
    event_generations: list[UUID]
    places: list[int]
    types: list[str]
    data: list[bytes]


async def append_batch(connection: "asyncpg.Connection[asyncpg.Record]", batch: Batch) -> dict[UUID, int]:
    """Commit `batch`. Returns the `seq` before the first new event of each run that was accepted."""
    rows = await connection.fetch(
        _APPEND,
        batch.sessions,
        batch.generations,
        batch.counts,
        batch.event_generations,
        batch.places,
        batch.types,
        batch.data,
        batch.commit_id,
    )
    return {row["generation_id"]: row["base"] for row in rows}


# The run that was accepted stands on the events themselves: another may own the session by now.
_RECALL = """
SELECT e.generation_id, l.commit_base AS base FROM session_logs l
JOIN session_events e ON e.session_id = l.session_id AND e.seq = l.commit_base + 1
WHERE l.session_id = ANY($1::uuid[]) AND l.commit_id = $2
"""


async def recall_batch(connection: "asyncpg.Connection[asyncpg.Record]", batch: Batch) -> dict[UUID, int]:
    """What `append_batch` returned, or would have, if `batch` is committed already; empty if it is not."""
    rows = await connection.fetch(_RECALL, batch.sessions, batch.commit_id)
    return {row["generation_id"]: row["base"] for row in rows}
