"""Owns every background task of the process, so that none is lost, leaks or dies without a word."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context

from chatbox.kernel.log import EventLog

_log = EventLog("chatbox.supervisor")


class Supervisor:
    """Starts tasks, keeps them referenced, reports the ones that fail, and ends them all at shutdown."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None], *, name: str) -> asyncio.Task[None]:
        """Run `work` until it ends or the supervisor is closed. A failure is logged; it never reaches others."""
        # An empty context: a background task must not keep alive what a request left in its context variables.
        task = asyncio.create_task(self._watch(work, name), name=name, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _task: work.close())  # a task cancelled before its first step never awaited it
        return task

    async def _watch(self, work: Coroutine[None, None, None], name: str) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the one place where a background failure ends up
            _log.error("task failed", task=name, exc_info=error)

    async def close(self, grace_seconds: float = 5) -> None:
        """Cancel what still runs and wait for it, at most `grace_seconds`."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
