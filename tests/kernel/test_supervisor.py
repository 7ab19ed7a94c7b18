"""Background tasks: none is lost, none dies without a word, all end at shutdown."""

import asyncio
import contextvars
import gc

import pytest

from chatbox.kernel.supervisor import Supervisor

_request = contextvars.ContextVar[str]("_request")


async def test_a_task_is_kept_until_it_ends() -> None:
    supervisor, gate, done = Supervisor(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.set()

    supervisor.spawn(work(), name="work")
    gc.collect()
    gate.set()

    await asyncio.wait_for(done.wait(), 5)


async def test_a_failure_is_logged_and_reaches_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    supervisor, done = Supervisor(), asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("broken")

    async def work() -> None:
        done.set()

    failing = supervisor.spawn(fail(), name="failing")
    supervisor.spawn(work(), name="work")
    await asyncio.wait_for(failing, 5)
    await asyncio.wait_for(done.wait(), 5)

    [record] = caplog.records
    assert record.message == "task failed"
    assert record.__dict__["fields"] == {"task": "failing"}
    assert record.exc_info is not None


async def test_closing_ends_everything_and_lets_it_clean_up() -> None:
    supervisor, cleaned = Supervisor(), []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(number)

    tasks = [supervisor.spawn(work(number), name=str(number)) for number in range(3)]
    await asyncio.sleep(0)
    await supervisor.close()

    assert sorted(cleaned) == [0, 1, 2]
    assert all(task.cancelled() for task in tasks)


async def test_a_task_that_never_began_is_closed_without_a_warning() -> None:
    supervisor, began = Supervisor(), []

    async def work() -> None:
        began.append(1)

    supervisor.spawn(work(), name="work")
    await supervisor.close()
    gc.collect()

    assert not began


async def test_a_task_that_will_not_end_does_not_hold_up_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    supervisor, gate = Supervisor(), asyncio.Event()

    async def stubborn() -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    task = supervisor.spawn(stubborn(), name="stubborn")
    await asyncio.sleep(0)
    await supervisor.close(grace_seconds=0.01)

    assert not task.done()
    gate.set()
    await asyncio.wait_for(task, 5)


async def test_closing_with_nothing_to_end_is_fine() -> None:
    await Supervisor().close()


async def test_a_task_does_not_keep_what_its_request_left() -> None:
    supervisor, seen = Supervisor(), []

    async def work() -> None:
        seen.append(_request.get("nothing"))

    _request.set("something large")
    await supervisor.spawn(work(), name="work")

    assert seen == ["nothing"]
