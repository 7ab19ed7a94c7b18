"""Finds out who is behind a request or an open socket, and whether they still may be."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatbox.accounts import access_store
from chatbox.accounts.access import EVERY_SCOPE
from chatbox.accounts.credentials import Connection, find_credential
from chatbox.accounts.site import Site
from chatbox.accounts.tokens import API_KEY_START, Tokens, digest
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database
from chatbox.kernel.errors import NotSignedIn
from chatbox.kernel.web import Principal

_KEY_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Authentication:
    """The `Authenticator` of the server. Every request asks PostgreSQL, so what was revoked ends at once."""

    db: Database
    tokens: Tokens
    site: Site
    clock: Clock

    async def authenticate(self, connection: Connection) -> Principal:
        """Raises `NotSignedIn` or `ForeignOrigin`."""
        credential = find_credential(connection, self.site)
        if credential.startswith(API_KEY_START):
            return await self._by_api_key(credential)
        return await self._by_access_token(credential)

    async def still_allowed(self, principals: Collection[Principal]) -> set[Principal]:
        """Those who would still be let in; one query for all of them. For sockets that look now and then."""
        sign_in_ids = {who.sign_in_id for who in principals if who.sign_in_id}
        api_key_ids = {who.api_key_id for who in principals if who.api_key_id}
        async with self.db.begin() as tx:
            valid = await access_store.still_valid(tx, sign_in_ids, api_key_ids, self.clock())
        return {who for who in principals if (who.sign_in_id or who.api_key_id) in valid}

    async def _by_access_token(self, token: str) -> Principal:
        claims = self.tokens.read(token)
        async with self.db.begin() as tx:
            caller = await access_store.caller_by_sign_in(tx, claims.sign_in_id, claims.user_id, self.clock())
        if caller is None:
            raise NotSignedIn
        return Principal(
            id=caller.id,
            email=caller.email,
            name=caller.name,
            role=caller.role,
            language=caller.language,
            sign_in_id=claims.sign_in_id,
            api_key_id=None,
            scopes=EVERY_SCOPE,
        )

    async def _by_api_key(self, api_key: str) -> Principal:
        now = self.clock()
        async with self.db.begin() as tx:
            found = await access_store.caller_by_api_key(tx, digest(api_key), now)
            if found is None:
                raise NotSignedIn
            if _is_stale(found.last_used_at, now):
                await access_store.note_key_use(tx, found.api_key_id, now, at_most_every=_KEY_USE_NOTED_EVERY)
        return Principal(
            id=found.caller.id,
            email=found.caller.email,
            name=found.caller.name,
            role=found.caller.role,
            language=found.caller.language,
            sign_in_id=None,
            api_key_id=found.api_key_id,
            scopes=frozenset(found.scopes),
        )


def _is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or last_used_at <= now - _KEY_USE_NOTED_EVERY
