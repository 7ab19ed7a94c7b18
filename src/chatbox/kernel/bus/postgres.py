"""PostgreSQL NOTIFY as the bus, for several instances that share a database and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar, TypeAlias

import asyncpg

from chatbox.kernel.bus.outbox import Outbox
from chatbox.kernel.bus.port import Handler
from chatbox.kernel.db import POSTGRES_FAILED
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor

_CHANNEL = "chatbox"
_FIRST_CONNECTION_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 2.0
_ANSWER_SECONDS = 5.0
_CHECK_SECONDS = 2.0
# NOTIFY takes a database-wide lock at commit, so messages that gathered meanwhile leave together.
_GATHER_SECONDS = 0.01
_MOST_IN_ONE_GO = 500
_SEPARATOR = "\x1f"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_log = EventLog("chatbox.bus")


class PostgresBus:
    """One connection of its own that listens and notifies. A payload must be text and fit into a NOTIFY."""

    reaches_others: ClassVar[bool] = True
    largest_payload: ClassVar[int] = 7000

    def __init__(self, connect: Callable[[], Awaitable[Connection]], supervisor: Supervisor) -> None:
        self._connect = connect
        self._supervisor = supervisor
        self._identity = new_id().hex
        self._handlers: dict[str, Handler] = {}
        self._outbox = Outbox()
        self._is_connected = False
        self._has_begun = asyncio.Event()

    @property
    def is_healthy(self) -> bool:
        return self._is_connected

    async def start(self) -> None:
        self._supervisor.spawn(self._serve_forever(), name="bus: postgres")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_begun.wait(), _FIRST_CONNECTION_SECONDS)

    async def close(self) -> None:
        """The connection closes with its task."""

    def post(self, topic: str, payload: bytes) -> None:
        if len(payload) <= self.largest_payload:
            self._outbox.put(topic, payload)

    async def watch(self, topic: str, handler: Handler) -> None:
        self._handlers[topic] = handler

    def unwatch(self, topic: str) -> None:
        self._handlers.pop(topic, None)

    def _hear(self, _connection: object, _pid: int, _channel: str, message: object) -> None:
        identity, topic, payload = str(message).split(_SEPARATOR, 2)
        handler = self._handlers.get(topic)
        if handler is not None and identity != self._identity:
            handler(payload.encode())

    async def _serve_forever(self) -> None:
        pause = 0.05
        while True:
            try:
                connection = await self._connect()
                try:
                    await connection.add_listener(_CHANNEL, self._hear)
                    self._is_connected, pause = True, 0.05
                    self._has_begun.set()
                    await self._send_through(connection)
                finally:
                    connection.terminate()
            except POSTGRES_FAILED as error:
                if self._is_connected:
                    _log.warning("bus is away", reason=type(error).__name__)
                self._is_connected = False
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _send_through(self, connection: Connection) -> None:
        while True:
            try:
                async with asyncio.timeout(_CHECK_SECONDS):
                    messages = await self._outbox.take(_MOST_IN_ONE_GO)
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
                continue
            texts = dict.fromkeys(
                _SEPARATOR.join((self._identity, message.topic, message.payload.decode())) for message in messages
            )
            await connection.execute(
                "SELECT pg_notify($1, said) FROM unnest($2::text[]) AS said",
                _CHANNEL,
                list(texts),
                timeout=_ANSWER_SECONDS,
            )
            await asyncio.sleep(_GATHER_SECONDS)
