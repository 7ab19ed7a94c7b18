"""What would take too long to make by using the page, put straight into the database: chats, threads, slow readings."""

from datetime import datetime

import asyncpg
from tests.support.app import Person

_THREAD = """
WITH made AS (
    SELECT number, ($3 || lpad(to_hex(number), 12, '0'))::uuid AS id,
        CASE WHEN number = 1 THEN NULL ELSE ($3 || lpad(to_hex(number - 1), 12, '0'))::uuid END AS parent_id
    FROM generate_series(1, $2::int) AS number
), kept AS (
    INSERT INTO messages (id, session_id, parent_id, role, content_parts, status, timestamp)
    SELECT id, $1, parent_id, CASE WHEN number % 2 = 1 THEN 'user' ELSE 'assistant' END,
        jsonb_build_array(jsonb_build_object('type', 'text', 'text', format(
            E'Message number %s.\\n\\n- It has a **list**\\n- and a little `code`.', number))),
        'complete', now() - make_interval(secs => $2 - number)
    FROM made
)
UPDATE chat_sessions SET active_leaf_id = ($3 || lpad(to_hex($2::int), 12, '0'))::uuid WHERE id = $1
"""

_CHATS = """
INSERT INTO chat_sessions (id, owner_id, name, is_named, updated_at)
SELECT gen_random_uuid(), $1, format('Chat number %s', number), true, now() - make_interval(mins => number)
FROM generate_series(1, $2::int) AS number
"""

_READING = """
UPDATE file_objects SET state = 'reading', claim_id = gen_random_uuid(), heartbeat_at = now() + interval '1 hour',
    progress = $2, progress_of = $3
FROM files WHERE files.object_id = file_objects.id AND files.id = $1
"""


async def write_thread(database_url: str, session_id: str, *, messages: int) -> None:
    """Fill an empty chat with questions and answers in turn, "Message number 1." the oldest."""
    # Ids of its own for every chat; the last field of a UUID counts its messages.
    await _run(database_url, _THREAD, session_id, messages, session_id[:24])


async def write_chats(database_url: str, person: Person, *, chats: int) -> None:
    """So many chats without messages, "Chat number 1" the newest, a minute between them."""
    await _run(database_url, _CHATS, person.id, chats)


async def keep_reading(database_url: str, file_id: str, *, done: int, of: int) -> None:
    """Let a file that was read be one that some other instance still reads, and so far."""
    await _run(database_url, _READING, file_id, done, of)


async def use_at(database_url: str, session_id: str, moment: datetime) -> None:
    """Let a chat have been used last at `moment`."""
    await _run(database_url, "UPDATE chat_sessions SET updated_at = $2 WHERE id = $1", session_id, moment)


async def _run(database_url: str, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(database_url, timeout=30)
    try:
        await connection.execute(statement, *values, timeout=60)
    finally:
        await connection.close(timeout=10)
