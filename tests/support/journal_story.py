"""One session's story, step by step: what is said, who follows, what breaks; and what everybody must have got of it."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from sqlalchemy import text
from tests.support.journals import Ether, Instance, Viewer, make_session, read_log

from chatbox.generation import store
from chatbox.generation.events import SessionUpdated, WaitingPlace
from chatbox.generation.frame import Frame
from chatbox.generation.journal import FenceLost
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database

_AGE = text("UPDATE session_events SET created_at = now() - interval '1 day' WHERE session_id = :id AND seq <= :upto")

Said = list[tuple[str, str]]


@dataclass
class Story:
    """One session, its runs and its viewers, and what must come of them."""

    instances: list[Instance]
    session_id: UUID
    owner: Instance
    run: UUID | None = None
    said: dict[UUID, Said] = field(default_factory=dict)
    cut_short: set[UUID] = field(default_factory=set)
    former: list[tuple[Instance, UUID]] = field(default_factory=list)
    viewers: list[Viewer] = field(default_factory=list)
    truth: dict[int, Frame] = field(default_factory=dict)
    floor: int = 0

    @property
    def db(self) -> Database:
        return self.instances[0].db

    def instance(self, number: int) -> Instance:
        return self.instances[number % len(self.instances)]

    def viewer(self, number: int) -> int | None:
        return number % len(self.viewers) if self.viewers else None

    async def current_run(self) -> UUID:
        if self.run is None:
            self.run = await self.owner.begin(self.session_id)
            self.said[self.run] = []
        return self.run

    async def end_run(self, *, is_flushed: bool) -> None:
        if self.run is None:
            return
        if is_flushed:
            await self.owner.journal.flushed(self.run)
        else:
            self.cut_short.add(self.run)
        await self.owner.end(self.session_id)
        self.former.append((self.owner, self.run))
        self.run = None

    async def head(self) -> store.LogHead:
        async with self.db.begin() as tx:
            return await store.read_head(tx, self.session_id)

    async def learn_truth(self) -> None:
        self.truth |= {frame.seq: frame for frame in await read_log(self.db, self.session_id)}


class Step(Protocol):
    async def play(self, story: Story) -> None: ...


@dataclass(frozen=True)
class Say:
    kind: str
    words: str
    times: int = 1

    async def play(self, story: Story) -> None:
        run = await story.current_run()
        for _ in range(self.times):
            await story.owner.say(story.session_id, run, self.words, self.kind)
        story.said[run].append((self.kind, self.words * self.times))


@dataclass(frozen=True)
class Happen:
    """An event of the run that is not text."""

    number: int

    async def play(self, story: Story) -> None:
        run = await story.current_run()
        place = WaitingPlace(message_id=run, position=self.number)
        event = SessionUpdated(session=None, waiting=place, deleted_ids=[])
        await story.owner.journal.append(story.session_id, run, event)
        story.said[run].append((SessionUpdated.type, str(self.number)))


@dataclass(frozen=True)
class Tell:
    """A verb speaks, on any instance."""

    where: int

    async def play(self, story: Story) -> None:
        await story.instance(self.where).tell(story.session_id)


@dataclass(frozen=True)
class Switch:
    """The run ends, or is ended by another, and the next one begins elsewhere."""

    where: int
    is_flushed: bool

    async def play(self, story: Story) -> None:
        await story.end_run(is_flushed=self.is_flushed)
        story.owner = story.instance(self.where)


@dataclass(frozen=True)
class Haunt:
    """A run that was ended by another, and does not know it, goes on."""

    async def play(self, story: Story) -> None:
        if story.former:
            instance, run = story.former[-1]
            with suppress(FenceLost):
                await instance.say(story.session_id, run, "zombie")


@dataclass(frozen=True)
class Join:
    """Somebody comes, at the beginning, the end, or in between."""

    where: int
    place: float

    async def play(self, story: Story) -> None:
        after = int(self.place * (await story.head()).last_seq)
        story.viewers.append(Viewer(story.instance(self.where), story.session_id, after))


@dataclass(frozen=True)
class JoinLive:
    """Somebody comes for what happens from now on."""

    where: int

    async def play(self, story: Story) -> None:
        instance = story.instance(self.where)
        viewer = Viewer(instance, story.session_id, None)
        while not viewer.frames:
            await instance.tell(story.session_id)
        story.viewers.append(viewer)


@dataclass(frozen=True)
class Move:
    """Somebody's connection breaks, and comes back elsewhere."""

    who: int
    where: int

    async def play(self, story: Story) -> None:
        number = story.viewer(self.who)
        if number is not None:
            story.viewers[number] = await story.viewers[number].moved(story.instance(self.where))


@dataclass(frozen=True)
class Stall:
    """Somebody's line is so slow that nothing gets through for now, or gets through again."""

    who: int

    async def play(self, story: Story) -> None:
        number = story.viewer(self.who)
        if number is not None:
            reads = story.viewers[number].reads
            (reads.clear if reads.is_set() else reads.set)()


@dataclass(frozen=True)
class Trim:
    share: float

    async def play(self, story: Story) -> None:
        await story.end_run(is_flushed=True)
        await story.learn_truth()
        upto = int(self.share * (await story.head()).last_seq)
        story.floor = max(story.floor, upto)
        async with story.db.begin() as tx:
            await tx.execute(_AGE, {"id": story.session_id, "upto": upto})
        async with story.db.begin() as tx:
            await store.trim(tx, utc_now() - timedelta(hours=1), 1000)


async def play(instances: list[Instance], steps: list[Step], ether: Ether | None, *, is_quiet: bool) -> None:
    """Play the steps, then see that everybody got everything."""
    session_id = await make_session(instances[0].db)
    story = Story(instances, session_id, instances[0])
    await instances[0].tell(session_id)
    try:
        for step in steps:
            await step.play(story)
        await finish(story, ether, is_quiet=is_quiet)
        check(story)
    finally:
        for viewer in story.viewers:
            await viewer.leave()


async def finish(story: Story, ether: Ether | None, *, is_quiet: bool) -> None:
    for viewer in story.viewers:
        viewer.reads.set()
    await story.end_run(is_flushed=True)
    for instance, run in story.former:
        with suppress(FenceLost):
            await instance.journal.flushed(run)
    if ether is not None:
        ether.deliver_late()
    if not is_quiet:
        await story.instance(1).tell(story.session_id)
    last = (await story.head()).last_seq
    for viewer in story.viewers:
        await viewer.reached(last)
    await story.learn_truth()


def check(story: Story) -> None:
    last = max(story.truth)
    assert sorted(story.truth) == list(range(1, last + 1)), "the numbers have no gap"
    for run, said in story.said.items():
        assert_said(told(story.truth, run), joined(said), may_be_short=run in story.cut_short)
    for viewer in story.viewers:
        check_frames(story, viewer)


def check_frames(story: Story, viewer: Viewer) -> None:
    position = viewer.frames[0].seq - 1 if viewer.after is None and viewer.frames else viewer.after or 0
    for frame in viewer.frames:
        if frame.type == "reset":
            assert position < story.floor, "a reset comes only where the log was trimmed"
        else:
            assert frame.seq == position + 1, f"{viewer.seqs} after {viewer.after}"
            true = story.truth[frame.seq]
            assert (frame.type, frame.data) == (true.type, true.data)
        position = frame.seq


def told(truth: dict[int, Frame], run: UUID) -> Said:
    """What the log holds of the run, in order."""
    found: Said = []
    for _, frame in sorted(truth.items()):
        data = msgspec.json.decode(frame.data)
        if data.get("run") == str(run):
            found.append((frame.type, data["chunk"]))
        elif (data.get("waiting") or {}).get("message_id") == str(run):
            found.append((frame.type, str(data["waiting"]["position"])))
    return joined(found)


def joined(said: Said) -> Said:
    """Neighbouring pieces of text of one kind as one."""
    result: Said = []
    for kind, words in said:
        if result and result[-1][0] == kind != SessionUpdated.type:
            result[-1] = (kind, result[-1][1] + words)
        else:
            result.append((kind, words))
    return result


def assert_said(found: Said, said: Said, *, may_be_short: bool) -> None:
    if may_be_short and found and len(found) <= len(said):
        kind, words = found[-1]
        expected_kind, expected = said[len(found) - 1]
        assert kind == expected_kind
        assert expected.startswith(words)
        assert found[:-1] == said[: len(found) - 1]
    elif not may_be_short:
        assert found == said
    assert len(found) <= len(said)
