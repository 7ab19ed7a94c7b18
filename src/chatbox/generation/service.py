"""Everything a person can do with answers: send, edit, regenerate, continue, stop, follow. Owns the transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from chatbox.files.attached import Library
from chatbox.generation import store
from chatbox.generation.conclude import Ending, end_run, tell_places
from chatbox.generation.control import Control
from chatbox.generation.errors import NothingToAnswer, NothingToContinue, TooManyWaiting
from chatbox.generation.events import MessageCreated, StreamEnd
from chatbox.generation.file_parts import owned_parts, with_addresses
from chatbox.generation.followers import Followers
from chatbox.generation.frame import Frame
from chatbox.generation.jobs import Jobs
from chatbox.generation.journal import Journal, Writing
from chatbox.generation.question import title_of
from chatbox.generation.tables import Generation
from chatbox.generation.titles import first_title
from chatbox.generation.turn import RunKind, Setting, Turn, read_turn_in
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database, Transaction, repeated_after_deadlock
from chatbox.kernel.errors import ShuttingDown
from chatbox.kernel.ids import new_id
from chatbox.providers.models import Models, Resolved
from chatbox.sessions import tree
from chatbox.sessions.parts import StoredPart
from chatbox.sessions.schemas import MessageOut, MessagePage, MessageStatus, SessionOut
from chatbox.sessions.service import Sessions

MOST_WAITING_IN_SESSION = 20
_REWRITE = "rewrite"
_CAN_GO_ON = {"stopped", "interrupted", "error"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose wish it is, and in which language failures are told."""

    id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What may come with a wish for an answer. The same `client_id` twice makes one answer."""

    model: str | None = None
    client_id: str | None = None
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a wish made: the person's message, if it made one, and the answer, that will grow or waits its turn.

    Following the session from `seq` shows all of the answer.
    """

    message: MessageOut | None
    answer: MessageOut | None
    generation_id: UUID | None
    seq: int


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where a wish stands: the session, and its log, locked. `known` is what the same wish made before."""

    writing: Writing
    session: SessionOut
    is_named: bool
    head: store.LogHead
    known: Sent | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a wish wrote; `turn` is set when its run begins at once."""

    session_id: UUID
    message: MessageOut | None
    answer: MessageOut | None
    generation: Generation | None
    turn: Turn | None


@dataclass(frozen=True, slots=True)
class Generations:
    """The verbs. An answer belongs to the server: none of them waits for one."""

    db: Database
    journal: Journal
    followers: Followers
    sessions: Sessions
    models: Models
    files: Library
    jobs: Jobs
    control: Control
    instance_id: UUID

    @repeated_after_deadlock
    async def send(self, me: Caller, session_id: UUID, parts: Sequence[StoredPart], wish: Wish) -> Sent:
        """Append a message to the active path, or below `wish.parent_id`, and ask for an answer."""
        async with self.journal.writing() as writing:
            ground = await self._ground(writing, me, session_id, wish.client_id)
            if ground.known:
                return ground.known
            if wish.parent_id is not None:
                await tree.get(writing.tx, session_id, wish.parent_id)
            parent_id = wish.parent_id or ground.session.active_leaf_id
            asked = await self._ask(ground, me, parent_id, parts, wish=wish)
        return self._begin(writing, asked)

    @repeated_after_deadlock
    async def edit(
        self, me: Caller, session_id: UUID, message_id: UUID, parts: Sequence[StoredPart], *, wish: Wish
    ) -> Sent:
        """Write a message anew beside the old one: a question gets a new answer, an answer stands as it was written."""
        async with self.journal.writing() as writing:
            ground = await self._ground(writing, me, session_id, wish.client_id)
            if ground.known:
                return ground.known
            old = await tree.get(writing.tx, session_id, message_id)
            if old.role == "user":
                asked = await self._ask(ground, me, old.parent_id, parts, wish=wish)
            else:
                asked = await self._rewrite(ground, me, old, parts, client_id=wish.client_id)
        return self._begin(writing, asked)

    async def regenerate(self, me: Caller, session_id: UUID, message_id: UUID, wish: Wish) -> Sent:
        """Ask again: another answer beside an answer, or one more below a question."""
        async with self.journal.writing() as writing:
            ground = await self._ground(writing, me, session_id, wish.client_id)
            if ground.known:
                return ground.known
            old = await tree.get(writing.tx, session_id, message_id)
            question_id = old.id if old.role == "user" else old.parent_id
            if question_id is None:
                raise NothingToAnswer
            model = wish.model or (old.model if old.role == "assistant" and not ground.session.model else None)
            asked = await self._answer_below(ground, me, question_id, wish=Wish(model, wish.client_id))
        return self._begin(writing, asked)

    async def resume(self, me: Caller, session_id: UUID, message_id: UUID, client_id: str | None) -> Sent:
        """Go on with an answer that was stopped, cut or failed."""
        async with self.journal.writing() as writing:
            ground = await self._ground(writing, me, session_id, client_id)
            if ground.known:
                return ground.known
            answer = await tree.get(writing.tx, session_id, message_id)
            if answer.role != "assistant" or not (answer.status in _CAN_GO_ON or answer.finish_reason == "length"):
                raise NothingToContinue
            asked = await self._go_on(ground, me, answer, client_id)
        return self._begin(writing, asked)

    async def stop(self, me: Caller, session_id: UUID, message_id: UUID | None) -> None:
        """Stop the answer, or all that runs and waits in the session. What is over already stays as it is."""
        async with self.journal.writing() as writing:
            await self.sessions.get_in(writing.tx, me.id, session_id)
            if message_id is not None:
                await tree.get(writing.tx, session_id, message_id)
            await store.lock_log(writing.tx, session_id, make=False)
            live = await store.live_generations(writing.tx, session_id)
            doomed = [run for run in live if message_id in (None, run.message_id)]
            running = [run.id for run in doomed if run.status == "running"]
            for run in doomed:
                if run.status == "queued":
                    await self._cancel_waiting(writing, run)
            if len(doomed) > len(running):
                await tell_places(writing, session_id)
            if running:
                await store.request_stop(writing.tx, running)
        for generation_id in running:
            if not self.jobs.stop(generation_id):
                self.control.tell_stop(generation_id)

    async def read(
        self, me: Caller, session_id: UUID, *, limit: int, cursor: str | None, whole_tree: bool
    ) -> MessagePage:
        """A window of messages, and the point from which following misses nothing of them."""
        async with self.db.begin() as tx:
            session = await self.sessions.get_in(tx, me.id, session_id)
            # Read before the messages: what happens in between is then seen twice, which is harmless, not never.
            seq = (await store.read_head(tx, session_id)).resume_seq
            window = await self.sessions.window(tx, session, limit=limit, cursor=cursor, whole_tree=whole_tree)
            messages = await with_addresses(self.files, tx, me.id, window.messages)
        return MessagePage(items=messages, next_cursor=window.next_cursor, seq=seq)

    async def check(self, me: Caller, session_id: UUID) -> None:
        """Raises `SessionNotFound`, for another person's session too."""
        await self.sessions.get(me.id, session_id)

    async def run_at(self, me: Caller, session_id: UUID, seq: int, client_id: str | None) -> UUID | None:
        """The run that the wish `client_id` made, or else the one that the event `seq` tells of, while it has more to
        tell; None when its end is told at `seq`, or trimmed."""
        async with self.db.begin() as tx:
            await self.sessions.get_in(tx, me.id, session_id)
            events = await store.read_events(tx, session_id, seq - 1, 1)
            if not events or events[0].seq != seq:
                return None
            told_of = await _run_of(tx, session_id, events[0])
            granted = await store.find_by_client_id(tx, session_id, client_id) if client_id else None
        run_id = granted.id if granted else told_of
        return None if events[0].type == StreamEnd.type and run_id == told_of else run_id

    def _begin(self, writing: Writing, asked: _Asked) -> Sent:
        if asked.generation and asked.turn:
            self.jobs.start(asked.generation, asked.turn)
        generation_id = asked.generation.id if asked.generation else None
        return Sent(asked.message, asked.answer, generation_id, writing.seq(asked.session_id))

    async def _ground(self, writing: Writing, me: Caller, session_id: UUID, client_id: str | None) -> _Ground:
        if self.jobs.is_draining:
            raise ShuttingDown
        # Locked first, so that what is read after it cannot move. Nobody else can know the id of a person's session.
        head = await store.lock_log(writing.tx, session_id, make=False)
        session, is_named = await self.sessions.look_in(writing.tx, me.id, session_id)
        if head.is_missing:
            head = await store.lock_log(writing.tx, session_id, make=True)
            session, is_named = await self.sessions.look_in(writing.tx, me.id, session_id)
        known = await self._known(writing, session_id, client_id, head) if client_id else None
        if known is None and head.last_seq >= tree.MOST_MESSAGES_IN_SESSION:
            # Every message has its event, so a shorter log needs no counting.
            await tree.check_room(writing.tx, session_id)
        return _Ground(writing, session, is_named, head, known)

    async def _known(self, writing: Writing, session_id: UUID, client_id: str, head: store.LogHead) -> Sent | None:
        granted = await store.find_by_client_id(writing.tx, session_id, client_id)
        if granted is None:
            return None
        answer = await tree.get(writing.tx, session_id, granted.message_id)
        if granted.kind == _REWRITE:
            return Sent(answer, None, None, head.resume_seq)
        message = None
        if granted.kind == "answer" and answer.parent_id is not None:
            message = await tree.get(writing.tx, session_id, answer.parent_id)
        return Sent(message, answer, granted.id, head.resume_seq)

    async def _ask(
        self, ground: _Ground, me: Caller, parent_id: UUID | None, parts: Sequence[StoredPart], *, wish: Wish
    ) -> _Asked:
        """A question with an answer below it."""
        session, writing = ground.session, ground.writing
        run, model = await self._new_run(ground, me, "answer", wish.model or session.model, client_id=wish.client_id)
        parts = await owned_parts(self.files, writing.tx, me.id, parts)
        question = tree.Draft(session.id, parent_id, "user", parts, "complete")
        answer = _answer_draft(run, question.id)
        asked, shown = await tree.append(writing.tx, [question, answer])
        await writing.record(session.id, MessageCreated(message=asked, client_id=wish.client_id))
        title = first_title(title_of(parts)) if parent_id is None and not ground.is_named else None
        moved = await self.sessions.move_leaf(writing.tx, session.id, answer.id, name=title)
        if title:
            await writing.session_updated(session.id, moved)
        return await self._admit(ground, run, model, shown, question=asked)

    async def _answer_below(self, ground: _Ground, me: Caller, question_id: UUID, *, wish: Wish) -> _Asked:
        session, writing = ground.session, ground.writing
        run, model = await self._new_run(ground, me, "answer", wish.model or session.model, client_id=wish.client_id)
        answer = _answer_draft(run, question_id)
        [shown] = await tree.append(writing.tx, [answer])
        await self.sessions.move_leaf(writing.tx, session.id, answer.id)
        return await self._admit(ground, run, model, shown)

    async def _go_on(self, ground: _Ground, me: Caller, answer: MessageOut, client_id: str | None) -> _Asked:
        tx, session = ground.writing.tx, ground.session
        run, model = await self._new_run(ground, me, "continue", answer.model or session.model, client_id=client_id)
        kept = [
            part.model_dump(exclude_none=True) for part in answer.content_parts if part.type not in {"error", "info"}
        ]
        values = {"content_parts": kept, "status": _shown_status(run), "finish_reason": None, "generation_id": run.id}
        await tree.change(tx, answer.id, values)
        leaf = await tree.newest_leaf_below(tx, session.id, answer.id)
        await self.sessions.move_leaf(tx, session.id, leaf)
        run.message_id = answer.id
        return await self._admit(ground, run, model, await tree.get(tx, session.id, answer.id))

    async def _new_run(
        self, ground: _Ground, me: Caller, kind: RunKind, model_id: str | None, *, client_id: str | None
    ) -> tuple[Generation, Resolved]:
        """A run that begins at once, or waits when the session has one already, and its model."""
        model = await self.models.resolve(ground.writing.tx, me.id, model_id)
        must_wait = ground.head.generation_id is not None
        if must_wait:
            live = await store.live_generations(ground.writing.tx, ground.session.id)
            if len(live) > MOST_WAITING_IN_SESSION:
                raise TooManyWaiting(limit=MOST_WAITING_IN_SESSION)
        run = Generation(
            id=new_id(),
            session_id=ground.session.id,
            owner_id=me.id,
            kind=kind,
            model=model.id,
            language=me.language,
            status="queued" if must_wait else "running",
            client_id=client_id,
            instance_id=None if must_wait else self.instance_id,
            started_at=None if must_wait else utc_now(),
        )
        return run, model

    async def _admit(
        self,
        ground: _Ground,
        run: Generation,
        model: Resolved,
        answer: MessageOut,
        *,
        question: MessageOut | None = None,
    ) -> _Asked:
        """Tell the answer, and let its run begin or wait."""
        writing, session_id = ground.writing, ground.session.id
        run.message_id = answer.id
        await store.add_generation(writing.tx, run)
        await writing.record(session_id, MessageCreated(message=answer, client_id=None))
        if run.status == "queued":
            await tell_places(writing, session_id)
            return _Asked(session_id, question, answer, run, None)
        writing.set_running(session_id, run.id)
        # Read here, where all that it needs is at hand, rather than by the run in a transaction of its own.
        turn = await read_turn_in(writing.tx, Setting(ground.session, ground.is_named, model), run)
        return _Asked(session_id, question, answer, run, turn)

    async def _rewrite(
        self, ground: _Ground, me: Caller, old: MessageOut, parts: Sequence[StoredPart], *, client_id: str | None
    ) -> _Asked:
        session_id = ground.session.id
        parts = await owned_parts(self.files, ground.writing.tx, me.id, parts)
        draft = tree.Draft(session_id, old.parent_id, old.role, parts, "complete", model=old.model)
        [shown] = await tree.append(ground.writing.tx, [draft])
        if client_id is not None:
            await store.add_generation(ground.writing.tx, _rewritten(me, shown, client_id))
        session = await self.sessions.move_leaf(ground.writing.tx, session_id, draft.id)
        await ground.writing.record(session_id, MessageCreated(message=shown, client_id=client_id))
        await ground.writing.session_updated(session_id, session)
        return _Asked(session_id, shown, None, None, None)

    async def _cancel_waiting(self, writing: Writing, run: Generation) -> None:
        answer = await tree.get(writing.tx, run.session_id, run.message_id)
        await tree.change(writing.tx, run.message_id, {"status": "stopped"})
        kept = [part.model_dump(exclude_none=True) for part in answer.content_parts]
        await end_run(writing, Ending(run.session_id, run.message_id, run.id, "stopped", kept))


async def _run_of(tx: Transaction, session_id: UUID, event: Frame) -> UUID | None:
    """The run that an event tells of: by its id, or by the answer that it makes or that waits for it."""
    data = msgspec.json.decode(event.data)
    if data.get("waiting"):
        return (await tree.get(tx, session_id, UUID(data["waiting"]["message_id"]))).generation_id
    named = data.get("generation_id") or (data.get("message") or {}).get("generation_id")
    return UUID(named) if named else None


def _rewritten(me: Caller, message: MessageOut, client_id: str) -> Generation:
    """Stands for a run that was never needed: it remembers the key of a wish that no model had to grant."""
    return Generation(
        id=new_id(),
        session_id=message.session_id,
        message_id=message.id,
        owner_id=me.id,
        kind=_REWRITE,
        model=message.model or "",
        language=me.language,
        status="complete",
        client_id=client_id,
    )


def _shown_status(run: Generation) -> MessageStatus:
    return "queued" if run.status == "queued" else "streaming"


def _answer_draft(run: Generation, question_id: UUID) -> tree.Draft:
    status = _shown_status(run)
    return tree.Draft(run.session_id, question_id, "assistant", [], status, model=run.model, generation_id=run.id)
