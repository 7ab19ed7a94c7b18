"""Redis publish and subscribe as the bus, for several instances."""

import asyncio
from contextlib import suppress
from typing import ClassVar

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from chatbox.kernel.bus.outbox import Outbox
from chatbox.kernel.bus.port import Handler
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog
from chatbox.kernel.supervisor import Supervisor

_PREFIX = "chatbox:"
_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 2.0
_WATCH_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 2.0
_MOST_IN_ONE_GO = 200
_IDENTITY_BYTES = 16

_log = EventLog("chatbox.bus")


class RedisBus:
    """Two connections: one publishes, one subscribes. Both come back by themselves; what was said meanwhile is lost."""

    reaches_others: ClassVar[bool] = True
    largest_payload: ClassVar[int] = 256 * 1024

    def __init__(self, url: str, supervisor: Supervisor) -> None:
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            health_check_interval=5,
            max_connections=4,
        )
        self._supervisor = supervisor
        self._identity = new_id().bytes
        self._handlers: dict[str, Handler] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._outbox = Outbox()
        self._pubsub: PubSub | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._has_begun = asyncio.Event()
        self._can_send = True
        self._can_hear = False

    @property
    def is_healthy(self) -> bool:
        return self._can_send and self._can_hear

    async def start(self) -> None:
        self._tasks = [
            self._supervisor.spawn(self._listen_forever(), name="bus: listen"),
            self._supervisor.spawn(self._send_forever(), name="bus: send"),
        ]
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_begun.wait(), _WATCH_SECONDS)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        # Else a task would open a connection behind the back of what closes them all.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ANSWER_SECONDS)
        await self._redis.aclose()

    def post(self, topic: str, payload: bytes) -> None:
        if len(payload) <= self.largest_payload:
            self._outbox.put(topic, payload)

    async def watch(self, topic: str, handler: Handler) -> None:
        self._handlers[topic] = handler
        confirmed = self._confirmed.setdefault(topic, asyncio.Event())
        if self._pubsub is None:
            return
        try:
            async with asyncio.timeout(_WATCH_SECONDS):
                await self._pubsub.subscribe(_PREFIX + topic)
                await confirmed.wait()
        except (RedisError, OSError, TimeoutError):
            self._can_hear = False

    def unwatch(self, topic: str) -> None:
        self._handlers.pop(topic, None)
        self._confirmed.pop(topic, None)
        if self._pubsub is not None:
            self._supervisor.spawn(self._unsubscribe(self._pubsub, topic), name="bus: unsubscribe")

    async def _unsubscribe(self, pubsub: PubSub, topic: str) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                if topic not in self._handlers:
                    await pubsub.unsubscribe(_PREFIX + topic)
        except (RedisError, OSError, TimeoutError):
            self._can_hear = False

    async def _send_forever(self) -> None:
        pause = 0.05
        while True:
            # While Redis is away messages gather, and a ping finds out when it is back.
            messages = await self._outbox.take(_MOST_IN_ONE_GO) if self._can_send else []
            try:
                async with asyncio.timeout(_ANSWER_SECONDS), self._redis.pipeline(transaction=False) as pipe:
                    if not messages:
                        pipe.ping()
                    for message in messages:
                        pipe.publish(_PREFIX + message.topic, self._identity + message.payload)
                    await pipe.execute()
                if not self._can_send:
                    _log.info("bus is back", direction="send")
                self._can_send, pause = True, 0.05
            except (RedisError, OSError, TimeoutError) as error:
                if self._can_send:
                    _log.warning("bus is away", direction="send", reason=type(error).__name__)
                self._can_send = False
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _listen_forever(self) -> None:
        pause = 0.05
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._resubscribe(pubsub)
                    self._can_hear, pause = True, 0.05
                    self._has_begun.set()
                    while True:
                        await self._hear(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                if self._can_hear:
                    _log.warning("bus is away", direction="listen", reason=type(error).__name__)
                self._can_hear, self._pubsub = False, None
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _resubscribe(self, pubsub: PubSub) -> None:
        # The identity channel keeps the subscription non-empty, so that reading never has nothing to wait for. It goes
        # first and alone: two commands at once on a subscription without a connection would each open one.
        await pubsub.subscribe(_PREFIX + self._identity.hex())
        for confirmed in self._confirmed.values():
            confirmed.clear()
        self._pubsub = pubsub
        if self._handlers:
            await pubsub.subscribe(*(_PREFIX + topic for topic in self._handlers))

    async def _hear(self, pubsub: PubSub) -> None:
        message = await pubsub.get_message(timeout=1.0)
        if message is None:
            return
        topic = message["channel"].decode().removeprefix(_PREFIX)
        if message["type"] == "subscribe":
            if confirmed := self._confirmed.get(topic):
                confirmed.set()
            return
        handler = self._handlers.get(topic)
        data: bytes | int = message["data"]
        if handler is None or message["type"] != "message" or isinstance(data, int):
            return
        if data[:_IDENTITY_BYTES] != self._identity:
            handler(data[_IDENTITY_BYTES:])
