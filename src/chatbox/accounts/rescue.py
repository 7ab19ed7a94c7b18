"""Lets whoever has the machine give an account a new password, when nobody can sign in to do it."""

from chatbox.accounts import access_store, store
from chatbox.accounts.passwords import Passwords
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database


async def reset_password(db: Database, passwords: Passwords, clock: Clock, *, email: str, new: str) -> bool:
    """Set the password of the account with this address and end all its sign-ins; API keys stay.

    False when there is no such account. Open sockets end within seconds, when they are next checked.
    """
    password_hash = await passwords.hash(new)
    now = clock()
    async with db.begin() as tx:
        user = await store.user_by_email(tx, email.strip().lower())
        if user is None:
            return False
        await store.change_password(tx, user.id, password_hash, now)
        await access_store.revoke_every_sign_in(tx, user.id, reason="password_changed", now=now)
    return True
