"""Deletes from the storage what nobody names any more, and finds what was forgotten there."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from chatbox.files import garbage_store, upload_store
from chatbox.kernel.clock import utc_now
from chatbox.kernel.db import Database
from chatbox.kernel.errors import StorageUnavailable, StoreUnavailable
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.supervisor import Supervisor

SWEEP_SECONDS = 30.0
# After something was deleted, others often follow.
_GATHER_SECONDS = 0.2
_MOST_AT_ONCE = 500
_COMPARE_EVERY = timedelta(days=1)
# An object is older than this before it can be an orphan: longer than any upload may take.
_ORPHAN_AGE = timedelta(days=2)
_FOLDERS = ("users/", "uploads/")

_log = EventLog("chatbox.sweeper")


@dataclass(slots=True)
class Sweeper:
    """Sweeps when it is told to, every half minute in any case; several instances do not get into each other's way."""

    db: Database
    storage: Storage
    supervisor: Supervisor
    _awake: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        self.supervisor.spawn(self._sweep_forever(), name="files: sweep")
        self.supervisor.spawn(self._compare_forever(), name="files: compare storage")

    def wake(self) -> None:
        """Say that something was left."""
        self._awake.set()

    async def _sweep_forever(self) -> None:
        while True:
            try:
                while await self.sweep():
                    pass
            except (StoreUnavailable, StorageUnavailable) as error:
                _log.warning("sweeping waits", code=error.code)
                self._awake.clear()
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._awake.wait()
                await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                continue
            finally:
                self._awake.clear()

    async def sweep(self) -> bool:
        """Delete what is due, `_MOST_AT_ONCE` objects at most; whether there may be more."""
        async with self.db.begin() as tx:
            expired = await upload_store.remove_expired(tx, _MOST_AT_ONCE)
        async with self.db.begin() as tx:
            keys = await garbage_store.doom(tx, _MOST_AT_ONCE)
        if keys:
            await self.storage.delete(keys)
            async with self.db.begin() as tx:
                await garbage_store.forget(tx, keys)
            _log.info("swept", objects=len(keys), expired_uploads=len(expired))
        return len(keys) == _MOST_AT_ONCE or len(expired) == _MOST_AT_ONCE

    async def _compare_forever(self) -> None:
        while True:
            try:
                async with self.db.begin() as tx:
                    is_due = await garbage_store.begin_comparison(tx, "orphans", _COMPARE_EVERY)
                if is_due and await self.find_orphans(_ORPHAN_AGE):
                    self.wake()
            except (StoreUnavailable, StorageUnavailable) as error:
                _log.warning("comparing waits", code=error.code)
            await asyncio.sleep(_COMPARE_EVERY.total_seconds() / 24)

    async def find_orphans(self, older_than: timedelta) -> int:
        """Look through the whole storage for objects that no row names, and leave them to the sweep; their number."""
        before = utc_now() - older_than
        orphans = 0
        for folder in _FOLDERS:
            batch: list[str] = []
            async for found in self.storage.list(folder):
                if found.modified_at < before:
                    batch.append(found.key)
                if len(batch) == _MOST_AT_ONCE:
                    orphans += await self._discard_orphans(batch)
                    batch = []
            orphans += await self._discard_orphans(batch)
        if orphans:
            _log.warning("orphans found", objects=orphans)
        return orphans

    async def _discard_orphans(self, keys: list[str]) -> int:
        if not keys:
            return 0
        async with self.db.begin() as tx:
            orphans = set(keys) - await garbage_store.named(tx, keys)
            await garbage_store.add(tx, orphans)
        return len(orphans)
