"""What people do with their own account: join, sign in, change their profile and password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from chatbox.accounts import access_store, audit, store
from chatbox.accounts.access import Visitor
from chatbox.accounts.errors import (
    AccountSuspended,
    CurrentPasswordWrong,
    EmailTaken,
    RegistrationClosed,
    WrongCredentials,
)
from chatbox.accounts.limits import Attempts
from chatbox.accounts.passwords import Passwords
from chatbox.accounts.sign_ins import SignedIn, SignIns
from chatbox.accounts.tables import User
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database, Transaction
from chatbox.kernel.errors import NotSignedIn
from chatbox.kernel.log import EventLog

REGISTRATION_OPEN: Final = "registration_open"

_ENDED_SIGN_INS_KEPT_FOR = timedelta(days=30)

_log = EventLog("chatbox.accounts")


@dataclass(frozen=True, slots=True)
class Registration:
    """Someone who wants an account; `email` is in lower case."""

    email: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a stranger may know about this server."""

    is_registration_open: bool
    has_accounts: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """The verbs of a person about their own account."""

    db: Database
    passwords: Passwords
    sign_ins: SignIns
    attempts: Attempts
    clock: Clock

    async def standing(self) -> Standing:
        """The first account can always be made, whatever the setting says."""
        async with self.db.begin() as tx:
            return await _standing(tx)

    async def register(self, wanted: Registration, visitor: Visitor) -> SignedIn:
        """A new account, signed in; the first one of the server is an admin.

        Raises `RegistrationClosed`, `EmailTaken`, `TooManyAttempts`.
        """
        await self.attempts.register(visitor.address)
        async with self.db.begin() as tx:
            await _expect_open_registration(tx)
            if await store.user_by_email(tx, wanted.email) is not None:
                raise EmailTaken
        password_hash = await self.passwords.hash(wanted.password)
        async with self.db.begin() as tx:
            # Hashing took a while without a connection held; under the lock everything is looked at again.
            await store.lock_membership(tx)
            await _expect_open_registration(tx)
            role: Literal["admin", "user"] = "user" if await store.has_users(tx) else "admin"
            new = store.NewUser(wanted.email, wanted.name, password_hash, role)
            user = await store.add_user(tx, new, self.clock())
            if user is None:
                raise EmailTaken
            signed_in, _ = await self.sign_ins.open(tx, user, visitor)
        _log.info("account made", user_id=user.id, role=role)
        return signed_in

    async def sign_in(self, email: str, password: str, visitor: Visitor) -> SignedIn:
        """Tokens for the right password. `email` is in lower case.

        Raises `WrongCredentials`, `AccountSuspended` (only to who knows the password), `TooManyAttempts`.
        """
        await self.attempts.sign_in(email, visitor.address)
        async with self.db.begin() as tx:
            known = await store.user_by_email(tx, email)
        # An unknown address costs the same hash, so the answer takes as long.
        is_right = await self.passwords.verify(password, known.password_hash if known else None)
        if known is None or not is_right:
            await self._note_refusal(known, visitor, "wrong_password" if known else "unknown_account")
            raise WrongCredentials
        if known.status != "active":
            await self._note_refusal(known, visitor, "suspended")
            raise AccountSuspended
        is_outdated = self.passwords.is_outdated(known.password_hash)
        renewed = await self.passwords.hash(password) if is_outdated else None
        signed_in, ended = await self._open(known, renewed, visitor)
        await self.sign_ins.announce(known.id, ended)
        return signed_in

    async def person(self, user_id: UUID) -> User:
        """Raises `NotSignedIn` when the account was deleted a moment ago."""
        async with self.db.begin() as tx:
            return _present(await store.user_by_id(tx, user_id))

    async def change_profile(self, user_id: UUID, *, name: str, language: str | None) -> User:
        """Set how a person is called and in which language the server speaks to them."""
        async with self.db.begin() as tx:
            return _present(await store.set_profile(tx, user_id, name=name, language=language, now=self.clock()))

    async def change_password(self, user_id: UUID, sign_in_id: UUID, *, current: str, new: str) -> None:
        """Replace the password and end every sign-in but the one that asks. API keys stay.

        Raises `CurrentPasswordWrong`, `TooManyAttempts`.
        """
        await self.attempts.password_check(user_id)
        known = await self.person(user_id)
        if not await self.passwords.verify(current, known.password_hash):
            raise CurrentPasswordWrong
        password_hash = await self.passwords.hash(new)
        now = self.clock()
        async with self.db.begin() as tx:
            user = _present(await store.lock_user(tx, user_id))
            if user.password_changed_at != known.password_changed_at:
                raise CurrentPasswordWrong
            await store.change_password(tx, user_id, password_hash, now)
            ended = await access_store.revoke_other_sign_ins(
                tx, user_id, sign_in_id, reason="password_changed", now=now
            )
            await self.attempts.forget_password_checks(tx, user_id)
        _log.info("password changed", user_id=user_id, ended_sign_ins=len(ended))
        await self.sign_ins.announce(user_id, ended)

    async def tidy(self) -> None:
        """Forget old counts, ended sign-ins and audit entries; meant to run now and then, on any instance."""
        now = self.clock()
        async with self.db.begin() as tx:
            await store.forget_old_attempts(tx, now - self.attempts.limits.longest())
            await access_store.forget_ended_sign_ins(tx, now - _ENDED_SIGN_INS_KEPT_FOR)
            await store.forget_audit_entries(tx, now - audit.KEPT_FOR)

    async def _open(self, known: User, renewed_hash: str | None, visitor: Visitor) -> tuple[SignedIn, Sequence[UUID]]:
        async with self.db.begin() as tx:
            user = await store.lock_user(tx, known.id)
            # The password was checked a moment ago, without a lock: a change or a suspension since then counts.
            if user is None or user.status != "active" or user.password_changed_at != known.password_changed_at:
                raise WrongCredentials
            if renewed_hash is not None:
                await store.renew_hash(tx, user.id, renewed_hash)
            await self.attempts.forget_sign_ins(tx, user.email)
            return await self.sign_ins.open(tx, user, visitor)

    async def _note_refusal(self, known: User | None, visitor: Visitor, reason: str) -> None:
        # What a stranger typed is not kept: it may be a password in the wrong field.
        deed = audit.Deed(
            "sign_in_refused",
            target=known.email if known else None,
            address=visitor.address,
            details={"reason": reason},
        )
        async with self.db.begin() as tx:
            await audit.note(tx, deed, self.clock())
        _log.warning("sign-in refused", reason=reason, user_id=known.id if known else None, address=visitor.address)


async def is_registration_open(tx: Transaction) -> bool:
    """What admins chose; open until they choose otherwise."""
    return await store.setting(tx, REGISTRATION_OPEN) is not False


async def _standing(tx: Transaction) -> Standing:
    has_accounts = await store.has_users(tx)
    return Standing(not has_accounts or await is_registration_open(tx), has_accounts)


async def _expect_open_registration(tx: Transaction) -> None:
    if not (await _standing(tx)).is_registration_open:
        raise RegistrationClosed


def _present(user: User | None) -> User:
    if user is None:
        raise NotSignedIn
    return user
