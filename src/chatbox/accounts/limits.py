"""How often something may be tried, counted in PostgreSQL so that all instances count together."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chatbox.accounts import store
from chatbox.accounts.errors import TooManyAttempts
from chatbox.accounts.tokens import digest
from chatbox.kernel.clock import Clock
from chatbox.kernel.db import Database, Transaction

# A home or a small provider hands out whole IPv6 networks of this size, so one address in it means nothing.
_IPV6_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a window of `seconds`, which starts with the first try."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit on attempts; the defaults stop guessing without being felt by a household or an office."""

    sign_in_by_account: Limit = Limit(10, 300)
    sign_in_by_address: Limit = Limit(100, 300)
    register_by_address: Limit = Limit(200, 600)
    refresh_by_address: Limit = Limit(600, 300)
    password_by_account: Limit = Limit(10, 300)

    def longest(self) -> timedelta:
        """After this long any count is void."""
        every = (
            self.sign_in_by_account,
            self.sign_in_by_address,
            self.register_by_address,
            self.refresh_by_address,
            self.password_by_account,
        )
        return timedelta(seconds=max(limit.seconds for limit in every))


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts attempts and refuses those over the limit with `TooManyAttempts`."""

    db: Database
    clock: Clock
    limits: Limits

    async def sign_in(self, email: str, address: str) -> None:
        """Count a sign-in. Whoever is over the limit of the address does not use up the account's tries as well."""
        await self._count(f"sign-in/address/{_network(address)}", self.limits.sign_in_by_address)
        await self._count(_account_bucket(email), self.limits.sign_in_by_account)

    async def register(self, address: str) -> None:
        await self._count(f"register/address/{_network(address)}", self.limits.register_by_address)

    async def refresh(self, address: str) -> None:
        await self._count(f"refresh/address/{_network(address)}", self.limits.refresh_by_address)

    async def password_check(self, user_id: UUID) -> None:
        """Count a signed-in person's try to prove that they know their password."""
        await self._count(_password_bucket(user_id), self.limits.password_by_account)

    async def forget_sign_ins(self, tx: Transaction, email: str) -> None:
        """A right password starts the account's count anew; that of the address goes on."""
        await store.forget_attempts(tx, _account_bucket(email))

    async def forget_password_checks(self, tx: Transaction, user_id: UUID) -> None:
        await store.forget_attempts(tx, _password_bucket(user_id))

    async def _count(self, bucket: str, limit: Limit) -> None:
        now = self.clock()
        window = timedelta(seconds=limit.seconds)
        async with self.db.begin() as tx:
            count, started_at = await store.count_attempt(tx, bucket, now=now, window=window)
        if count > limit.most:
            wait = max(1.0, (started_at + window - now).total_seconds())
            raise TooManyAttempts(retry_after=wait, seconds=round(wait))


def _account_bucket(email: str) -> str:
    # A digest: people type passwords into the wrong field, and an address of nobody need not be kept.
    return f"sign-in/account/{digest(email)}"


def _password_bucket(user_id: UUID) -> str:
    return f"password/account/{user_id}"


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK_BITS), strict=False))
