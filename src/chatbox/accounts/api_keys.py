"""API keys: long-lived access for programs, limited to scopes, shown once when made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chatbox.accounts import access_store, store
from chatbox.accounts.access import OnAccessLost, Scope
from chatbox.accounts.errors import AdminScopeRefused, ApiKeyNotFound, ExpiryInPast, TooManyApiKeys
from chatbox.accounts.tables import ApiKey
from chatbox.accounts.tokens import digest, fresh_api_key, shown_part
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database
from chatbox.kernel.errors import NotSignedIn
from chatbox.kernel.ids import new_id

MOST_API_KEYS: Final = 50


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What a person asks for; without `expires_at` the key lives until it is deleted."""

    name: str
    scopes: frozenset[Scope]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """What a person does with their API keys."""

    db: Database
    clock: Clock
    on_access_lost: OnAccessLost

    async def create(self, user_id: UUID, wanted: WantedKey) -> tuple[ApiKey, str]:
        """The new key's row, and the key itself, which is never to be seen again.

        Raises `AdminScopeRefused`, `ExpiryInPast`, `TooManyApiKeys`.
        """
        now = self.clock()
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise ExpiryInPast
        secret = fresh_api_key()
        row = ApiKey(
            id=new_id(),
            user_id=user_id,
            name=wanted.name,
            prefix=shown_part(secret),
            key_hash=digest(secret),
            scopes=sorted(wanted.scopes),
            created_at=now,
            expires_at=wanted.expires_at,
        )
        async with self.db.begin() as tx:
            # The lock makes the count below true when two keys are made at once.
            user = await store.lock_user(tx, user_id)
            if user is None:
                raise NotSignedIn
            if "admin" in wanted.scopes and user.role != "admin":
                raise AdminScopeRefused
            if await access_store.count_api_keys(tx, user_id) >= MOST_API_KEYS:
                raise TooManyApiKeys(most=MOST_API_KEYS)
            await access_store.add_api_key(tx, row)
        return row, secret

    async def list(self, user_id: UUID, before: UUID | None, limit: int) -> Sequence[ApiKey]:
        """A person's keys, newest first, the expired ones too."""
        async with self.db.begin() as tx:
            return await access_store.api_keys(tx, user_id, before=before, limit=limit)

    async def delete(self, user_id: UUID, api_key_id: UUID) -> None:
        """Raises `ApiKeyNotFound`."""
        async with self.db.begin() as tx:
            was_there = await access_store.delete_api_key(tx, user_id, api_key_id)
        if not was_there:
            raise ApiKeyNotFound
        await self.on_access_lost(user_id, None, api_key_id)
