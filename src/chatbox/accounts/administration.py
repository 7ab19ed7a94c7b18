"""What admins do with other people's accounts and with the server's settings; all of it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal
from uuid import UUID

from chatbox.accounts import access_store, audit, file_limits, store
from chatbox.accounts.access import OnAccessLost
from chatbox.accounts.errors import FileLimitOverQuota, LastAdmin, UserNotFound
from chatbox.accounts.file_limits import ChosenLimits, FileLimits
from chatbox.accounts.service import REGISTRATION_OPEN, is_registration_open
from chatbox.accounts.tables import AuditEntry, Role, Status, User
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database, Transaction, repeated_after_deadlock
from chatbox.kernel.log import EventLog

LimitName = Literal["upload_limit_mb", "file_quota_mb"]

_log = EventLog("chatbox.accounts.administration")


@dataclass(frozen=True, slots=True)
class Admin:
    """The admin who acts, and from where; `email` goes into the audit log."""

    id: UUID
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Administration:
    """The verbs of admins. The last active admin can be neither demoted nor suspended nor deleted."""

    db: Database
    clock: Clock
    on_access_lost: OnAccessLost
    file_limits: FileLimits

    async def people(self, after: UUID | None, limit: int) -> Sequence[User]:
        """Everybody with an account, in the order of joining."""
        async with self.db.begin() as tx:
            return await store.users_page(tx, after, limit)

    async def change_person(self, admin: Admin, user_id: UUID, *, role: Role | None, status: Status | None) -> User:
        """Set a person's role or status; None leaves it. Suspending ends every sign-in and silences every API key.

        Raises `UserNotFound`, `LastAdmin`.
        """
        now = self.clock()
        async with self.db.begin() as tx:
            before = await self._take(tx, user_id)
            old_role, old_status = before.role, before.status
            new_role, new_status = role or old_role, status or old_status
            if (new_role, new_status) != ("admin", "active"):
                await _keep_an_admin(tx, before)
            changed = await store.set_standing(tx, user_id, role=new_role, status=new_status, now=now)
            if new_role != old_role:
                await audit.note(tx, _deed(admin, "user_role_changed", changed.email, {"role": new_role}), now)
            if new_status != old_status:
                action: audit.Action = "user_activated" if new_status == "active" else "user_suspended"
                await audit.note(tx, _deed(admin, action, changed.email), now)
            if new_status == "suspended":
                await access_store.revoke_every_sign_in(tx, user_id, reason="suspended", now=now)
        _log.info("person changed", admin_id=admin.id, user_id=user_id, role=new_role, status=new_status)
        if new_status == "suspended":
            await self.on_access_lost(user_id, None, None)
        return changed

    @repeated_after_deadlock
    async def delete_person(self, admin: Admin, user_id: UUID) -> None:
        """Delete an account and what hangs on it. Raises `UserNotFound`, `LastAdmin`."""
        async with self.db.begin() as tx:
            person = await self._take(tx, user_id)
            await _keep_an_admin(tx, person)
            await store.delete_user(tx, user_id)
            await audit.note(tx, _deed(admin, "user_deleted", person.email), self.clock())
        _log.info("person deleted", admin_id=admin.id, user_id=user_id)
        await self.on_access_lost(user_id, None, None)

    async def is_registration_open(self) -> bool:
        async with self.db.begin() as tx:
            return await is_registration_open(tx)

    async def set_registration(self, admin: Admin, *, is_open: bool) -> None:
        """Let strangers make accounts, or not."""
        async with self.db.begin() as tx:
            # Whoever is registering at this moment has either joined or sees the new setting.
            await store.lock_membership(tx)
            await store.put_setting(tx, REGISTRATION_OPEN, is_open)
            details = {REGISTRATION_OPEN: str(is_open).lower()}
            await audit.note(tx, _deed(admin, "settings_changed", None, details), self.clock())

    async def chosen_limits(self) -> ChosenLimits:
        """How large files may be, where admins chose."""
        async with self.db.begin() as tx:
            return await file_limits.chosen(tx)

    async def limit_files(self, admin: Admin, changes: Mapping[LimitName, int | None]) -> None:
        """Say how large files may be, in MB; None goes back to the server's settings. It holds from now on, everywhere.

        What is there stays, whatever its size. Raises `FileLimitOverQuota`.
        """
        async with self.db.begin() as tx:
            await store.lock_membership(tx)
            before = asdict(await file_limits.chosen(tx))
            for name, limit in changes.items():
                if limit == before[name]:
                    continue
                await (store.drop_setting(tx, name) if limit is None else store.put_setting(tx, name, limit))
                details: dict[str, str] = {name: "default" if limit is None else str(limit)}
                await audit.note(tx, _deed(admin, "settings_changed", None, details), self.clock())
            limits = await self.file_limits.now(tx)
            if changes and limits.upload_limit_mb > limits.file_quota_mb:
                raise FileLimitOverQuota(limit=limits.upload_limit_mb, quota=limits.file_quota_mb)
        _log.info("file limits chosen", admin_id=admin.id, changed=sorted(changes))

    async def audit_log(self, before: UUID | None, limit: int) -> Sequence[AuditEntry]:
        """What was noted, newest first."""
        async with self.db.begin() as tx:
            return await store.audit_page(tx, before, limit)

    async def _take(self, tx: Transaction, user_id: UUID) -> User:
        """The person, locked, with nobody else changing who is an admin meanwhile."""
        await store.lock_membership(tx)
        person = await store.lock_user(tx, user_id)
        if person is None:
            raise UserNotFound
        return person


async def _keep_an_admin(tx: Transaction, person: User) -> None:
    if person.role == "admin" and person.status == "active" and not await store.has_other_admin(tx, person.id):
        raise LastAdmin


def _deed(admin: Admin, action: audit.Action, target: str | None, details: dict[str, str] | None = None) -> audit.Deed:
    return audit.Deed(action, admin.id, admin.email, target, admin.address, details or {})
