"""Whole instances that write answers, in one process, and a model that says what the test tells it to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from tests.support.attached_files import local_files
from tests.support.journals import DEADLINE_SECONDS, Instance, MakeBus, Viewer, make_session, opened

from chatbox.files.service import Files
from chatbox.generation.control import Control
from chatbox.generation.gather import Gathering
from chatbox.generation.job import Job
from chatbox.generation.jobs import Jobs
from chatbox.generation.reaper import Reaper
from chatbox.generation.run import Runner
from chatbox.generation.service import Caller, Generations, Sent, Wish
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.errors import StoreUnavailable
from chatbox.kernel.i18n import Texts
from chatbox.kernel.secrets import SecretBox
from chatbox.providers.model_ids import SCRIPTED
from chatbox.providers.models import Models
from chatbox.providers.port import (
    ChatModel,
    ChatRequest,
    Endpoint,
    Finished,
    FinishReason,
    ModelEvent,
    ModelInfo,
    ModelUsage,
    TextDelta,
)
from chatbox.providers.service import Providers
from chatbox.sessions.service import Sessions

MODEL = "scripted/puppet"
KEEP_LOG_FOR = timedelta(hours=2)


@dataclass
class Speech:
    """One answer in the making; the test plays the model."""

    request: ChatRequest
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _events: asyncio.Queue[ModelEvent | Exception] = field(default_factory=asyncio.Queue)

    def say(self, *words: str) -> None:
        for word in words:
            self._events.put_nowait(TextDelta(word))

    def give(self, event: ModelEvent | Exception) -> None:
        """Any event; an exception breaks the stream."""
        self._events.put_nowait(event)

    def finish(self, reason: FinishReason = "stop") -> None:
        self.give(Finished(reason, ModelUsage(input=3, output=5)))

    async def events(self) -> AsyncGenerator[ModelEvent]:
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Finished):
                    return
        finally:
            self.closed.set()


@dataclass
class Puppet:
    """A chat model in the hands of the test; `info` is what it says of itself."""

    info: ModelInfo = field(default_factory=lambda: ModelInfo("puppet"))
    _asked: asyncio.Queue[Speech] = field(default_factory=asyncio.Queue)

    async def asked(self) -> Speech:
        """The next answer that somebody asks for."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._asked.get()

    @property
    def is_idle(self) -> bool:
        """Whether nobody asked for anything that the test has not taken."""
        return self._asked.empty()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelEvent]:
        speech = Speech(request)
        self._asked.put_nowait(speech)
        async with aclosing(speech.events()) as events:
            async for event in events:
                yield event

    async def list_models(self, endpoint: Endpoint) -> list[ModelInfo]:
        del endpoint
        return [self.info]


@dataclass(frozen=True)
class Worker:
    """A server without its routes."""

    instance: Instance
    jobs: Jobs
    reaper: Reaper
    generations: Generations
    built_in: dict[str, ChatModel]
    turns: list[Job]
    files: Files

    @property
    def db(self) -> Database:
        return self.instance.db

    async def ask(self, session: "Session", question: str = "Why?", files: Sequence[str] = (), **wish: Any) -> Sent:
        parts = [{"type": "file", "fileId": file_id, "filename": ""} for file_id in files]
        parts.append({"type": "text", "text": question})
        return await self.generations.send(session.owner, session.id, parts, Wish(model=MODEL, **wish))

    def watch(self, session: "Session") -> Viewer:
        return Viewer(self.instance, session.id, 0)

    async def die(self) -> None:
        """End as a killed process does: in the middle of everything, and without a word."""
        await self.instance.supervisor.close()

    async def fall_silent(self) -> None:
        """Give no sign of life any more, for a minute already in the eyes of the others, and go on all the same."""
        for task in self.reaper._tasks:
            task.cancel()
            await asyncio.wait([task], timeout=DEADLINE_SECONDS)
        await self.miss_beats()

    async def miss_beats(self) -> None:
        """Have given no sign of life for a minute, and go on giving them."""
        async with self.db.begin() as tx:
            await tx.execute(_FALL_SILENT, {"id": self.instance.id})


_FALL_SILENT = text("UPDATE instances SET heartbeat_at = heartbeat_at - interval '1 minute' WHERE id = :id")


@dataclass(frozen=True)
class Session:
    """A chat session and whose it is."""

    id: UUID
    owner: Caller


async def new_session(db: Database) -> Session:
    session_id = await make_session(db)
    async with db.begin() as tx:
        owner_id: UUID = (await tx.execute(_OWNER_OF, {"id": session_id})).scalar_one()
    return Session(session_id, Caller(owner_id, "en"))


_OWNER_OF = text("SELECT owner_id FROM chat_sessions WHERE id = :id")


@asynccontextmanager
async def working(db: Database, make_bus: MakeBus, model: ChatModel) -> AsyncIterator[Worker]:
    """A worker on `db`, which it closes in the end."""
    with TemporaryDirectory() as folder:
        async with opened(db, make_bus) as instance:
            yield await _built(db, instance, model, local_files(db, Path(folder), instance.supervisor))


async def _built(db: Database, instance: Instance, model: ChatModel, files: Files) -> Worker:
    journal, supervisor = instance.journal, instance.supervisor
    sessions = Sessions(db, journal)
    built_in = {SCRIPTED: model}
    models = Models(db, Providers(db, SecretBox(b"k" * 32), {}), supervisor, built_in, None)
    turns: list[Job] = []

    async def after_turn(job: Job) -> None:
        turns.append(job)

    runner = Runner(db, journal, sessions, models, Gathering(db, files), Texts.load(), instance.id)
    jobs = Jobs(runner, supervisor, after_turn)
    control = Control(instance.bus)
    await control.start(jobs.stop, lambda _lost: None)
    generations = Generations(db, journal, instance.followers, sessions, models, files, jobs, control, instance.id)
    reaper = Reaper(db, journal, jobs, supervisor, instance.id, KEEP_LOG_FOR)
    await reaper.start()
    return Worker(instance, jobs, reaper, generations, built_in, turns, files)


@dataclass(frozen=True)
class Stored:
    """What the database holds of an answer."""

    parts: list[dict[str, Any]]
    status: str
    finish_reason: str | None
    usage: dict[str, Any] | None

    @property
    def text(self) -> str:
        return "".join(part["text"] for part in self.parts if part["type"] == "text")


async def stored(db: Database, message_id: UUID) -> Stored:
    async with db.begin() as tx:
        row = (await tx.execute(_ANSWER, {"id": message_id})).one()
    return Stored(row.content_parts, row.status, row.finish_reason, row.usage)


_ANSWER = text("SELECT content_parts, status, finish_reason, usage FROM messages WHERE id = :id")


def answer_id(sent: Sent) -> UUID:
    assert sent.answer is not None
    return sent.answer.id


async def begun(worker: Worker, puppet: Puppet, session: Session, *words: str) -> tuple[Sent, Speech]:
    """An answer that has said `words`, durably."""
    sent = await worker.ask(session)
    speech = await puppet.asked()
    speech.say(*words)
    await shown(worker, session, "".join(words))
    return sent, speech


async def shown(worker: Worker, session: Session, words: str) -> str:
    """Wait until somebody who follows the session has seen `words`; everything that was seen by then."""
    viewer = worker.watch(session)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            seen = 0
            while words not in (said := spoken(viewer)):
                await viewer.reached(seen + 1)
                seen = viewer.position
        return said
    finally:
        await viewer.leave()


def spoken(viewer: Viewer) -> str:
    chunks = [msgspec.json.decode(frame.data)["chunk"] for frame in viewer.frames if frame.type == "stream_chunk"]
    return "".join(chunks)


async def settled(worker: Worker, session: Session, sent: Sent) -> Stored:
    """The answer, once its end was told."""
    wanted = str(sent.generation_id).encode()
    viewer = worker.watch(session)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            seen = 0
            while not any(frame.type == "stream_end" and wanted in frame.data for frame in viewer.frames):
                await viewer.reached(seen + 1)
                seen = viewer.position
    finally:
        await viewer.leave()
    return await stored(worker.db, answer_id(sent))


async def heartbeat(worker: Worker) -> object:
    async with worker.db.begin() as tx:
        return await tx.scalar(_HEARTBEAT, {"id": worker.instance.id})


_HEARTBEAT = text("SELECT heartbeat_at FROM instances WHERE id = :id")


async def somebody_waits_for_a_lock(db: Database) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with db.begin() as tx:
                if await tx.scalar(_WAITERS):
                    return


_WAITERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class LossyDatabase(Database):
    """Commits, and loses the word of it once for each of `losses`: beginnings of the names of the tasks it befalls."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        super().__init__(url, pool_size=pool_size)
        self.losses: list[str] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        async with super().begin() as tx:
            yield tx
            struck = await self._struck(tx)
        if struck:
            self.losses.remove(struck)
            raise StoreUnavailable

    async def _struck(self, tx: Transaction) -> str | None:
        task = asyncio.current_task()
        struck = next((name for name in self.losses if task and task.get_name().startswith(name)), None)
        return struck if struck and await tx.scalar(_HAS_WRITTEN) else None


_HAS_WRITTEN = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
