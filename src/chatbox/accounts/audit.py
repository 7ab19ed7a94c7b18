"""The audit log: what admins did and which sign-ins were refused, kept for a year."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chatbox.accounts import store
from chatbox.accounts.tables import AuditEntry
from chatbox.kernel.db import Transaction
from chatbox.kernel.ids import new_id

KEPT_FOR = timedelta(days=365)

Action = Literal[
    "sign_in_refused",
    "refresh_token_reused",
    "user_role_changed",
    "user_suspended",
    "user_activated",
    "user_deleted",
    "settings_changed",
]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing worth remembering. `actor` is an e-mail address; a stranger at the door has neither name nor id."""

    action: Action
    actor_id: UUID | None = None
    actor: str | None = None
    target: str | None = None
    address: str | None = None
    details: dict[str, str] = field(default_factory=dict)


async def note(tx: Transaction, deed: Deed, now: datetime) -> None:
    """Write `deed` down in the transaction that does it."""
    entry = AuditEntry(
        id=new_id(),
        created_at=now,
        actor_id=deed.actor_id,
        actor=deed.actor,
        action=deed.action,
        target=deed.target,
        address=deed.address,
        details=deed.details,
    )
    await store.add_audit_entry(tx, entry)
