"""Sign-ins: opened with a password, kept alive by one-time refresh tokens, listed and ended by their owner."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from chatbox.accounts import access_store, audit, store
from chatbox.accounts.access import OnAccessLost, Visitor
from chatbox.accounts.errors import RefreshTokenInvalid, SignInNotFound
from chatbox.accounts.limits import Attempts
from chatbox.accounts.tables import SignIn, User
from chatbox.accounts.tokens import RefreshToken, Tokens
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.ids import new_id
from chatbox.kernel.log import EventLog

MOST_SIGN_INS: Final = 100

_log = EventLog("chatbox.accounts.sign_ins")

RevokedReason = Literal["signed_out", "revoked", "token_reused", "password_changed", "suspended", "too_many"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a person gets who signed in or refreshed; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: User
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme, RFC 6750


@dataclass(frozen=True, slots=True)
class SignIns:
    """What can be done with sign-ins. `unused_life` is how long one lives without a refresh."""

    db: Database
    tokens: Tokens
    attempts: Attempts
    clock: Clock
    unused_life: timedelta
    on_access_lost: OnAccessLost

    async def open(self, tx: Transaction, user: User, visitor: Visitor) -> tuple[SignedIn, Sequence[UUID]]:
        """A new sign-in of `user`, and those that had to end because a person has at most `MOST_SIGN_INS`.

        The caller announces the ended ones after the commit (`announce`).
        """
        now = self.clock()
        token = RefreshToken.fresh(new_id())
        sign_in = SignIn(
            id=token.sign_in_id,
            user_id=user.id,
            refresh_hash=token.digest,
            created_at=now,
            last_used_at=now,
            expires_at=now + self.unused_life,
            user_agent=visitor.user_agent,
            address=visitor.address,
        )
        await access_store.add_sign_in(tx, sign_in)
        ended = await access_store.revoke_beyond(tx, user.id, MOST_SIGN_INS, reason="too_many", now=now)
        return self._signed_in(user, token), ended

    async def refresh(self, refresh_token: str | None, visitor: Visitor) -> SignedIn:
        """New tokens for a refresh token, which is dead from then on.

        Whoever shows a dead token of a living sign-in ends that sign-in: either they or its owner stole it.
        Raises `RefreshTokenInvalid`, `TooManyAttempts`.
        """
        await self.attempts.refresh(visitor.address)
        token = RefreshToken.parse(refresh_token or "")
        if token is None:
            raise RefreshTokenInvalid
        async with self.db.begin() as tx:
            sign_in, user = await self._find(tx, token)
            is_fresh = hmac.compare_digest(sign_in.refresh_hash, token.digest)
            if is_fresh:
                token = await self._rotate(tx, sign_in, visitor)
            else:
                await self._end_stolen(tx, sign_in, user, visitor)
        if not is_fresh:
            await self.announce(user.id, [sign_in.id])
            raise RefreshTokenInvalid
        return self._signed_in(user, token)

    async def list(self, user_id: UUID, before: UUID | None, limit: int) -> Sequence[SignIn]:
        """A person's living sign-ins, newest first."""
        async with self.db.begin() as tx:
            return await access_store.living_sign_ins(tx, user_id, self.clock(), before=before, limit=limit)

    async def revoke(self, user_id: UUID, sign_in_id: UUID) -> None:
        """End one of a person's sign-ins. Raises `SignInNotFound`."""
        if not await self._end(user_id, sign_in_id, "revoked"):
            raise SignInNotFound

    async def sign_out(self, user_id: UUID, sign_in_id: UUID) -> None:
        """End the sign-in that asks for it; that it has ended already is fine."""
        await self._end(user_id, sign_in_id, "signed_out")

    async def sign_out_with(self, refresh_token: str) -> None:
        """End the sign-in of a refresh token, for a client whose access token has run out. Never refuses."""
        token = RefreshToken.parse(refresh_token)
        if token is None:
            return
        async with self.db.begin() as tx:
            sign_in = await access_store.lock_living_sign_in(tx, token.sign_in_id, self.clock())
        if sign_in is not None and hmac.compare_digest(sign_in.refresh_hash, token.digest):
            await self._end(sign_in.user_id, sign_in.id, "signed_out")

    async def announce(self, user_id: UUID, sign_in_ids: Iterable[UUID]) -> None:
        """Tell that these sign-ins of a person have ended, after the commit that ended them."""
        for sign_in_id in sign_in_ids:
            await self.on_access_lost(user_id, sign_in_id, None)

    async def _find(self, tx: Transaction, token: RefreshToken) -> tuple[SignIn, User]:
        sign_in = await access_store.lock_living_sign_in(tx, token.sign_in_id, self.clock())
        user = await store.user_by_id(tx, sign_in.user_id) if sign_in else None
        if sign_in is None or user is None or user.status != "active":
            raise RefreshTokenInvalid
        return sign_in, user

    async def _rotate(self, tx: Transaction, sign_in: SignIn, visitor: Visitor) -> RefreshToken:
        now = self.clock()
        token = RefreshToken.fresh(sign_in.id)
        rotation = access_store.Rotation(token.digest, now, now + self.unused_life, visitor.address)
        await access_store.rotate(tx, sign_in.id, rotation)
        return token

    async def _end_stolen(self, tx: Transaction, sign_in: SignIn, user: User, visitor: Visitor) -> None:
        now = self.clock()
        await access_store.revoke_sign_in(tx, user.id, sign_in.id, reason="token_reused", now=now)
        deed = audit.Deed("refresh_token_reused", target=user.email, address=visitor.address)
        await audit.note(tx, deed, now)
        _log.warning("refresh token reused", user_id=user.id, sign_in_id=sign_in.id, address=visitor.address)

    async def _end(self, user_id: UUID, sign_in_id: UUID, reason: RevokedReason) -> bool:
        async with self.db.begin() as tx:
            has_ended = await access_store.revoke_sign_in(tx, user_id, sign_in_id, reason=reason, now=self.clock())
        if has_ended:
            await self.announce(user_id, [sign_in_id])
        return has_ended

    def _signed_in(self, user: User, token: RefreshToken) -> SignedIn:
        return SignedIn(
            access_token=self.tokens.issue(user.id, token.sign_in_id),
            refresh_token=str(token),
            expires_in=int(self.tokens.access_life.total_seconds()),
            user=user,
        )
