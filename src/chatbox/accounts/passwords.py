"""Password hashes (Argon2id, RFC 9106), made and checked in threads of their own so that nobody's tokens wait."""

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chatbox.accounts.errors import PasswordQueueFull

Result = TypeVar("Result")

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane. About 40 ms on one core.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32
# Hashing competes with the event loop for a core: each thread more makes every token wait longer in a rush.
_THREADS = 1
_MOST_AT_ONCE = 64
_RETRY_SECONDS = 3


class Passwords:
    """Hashes and checks passwords, at most `most_at_once` running and waiting together.

    Every verb raises `PasswordQueueFull` when that many are there already.
    """

    def __init__(
        self,
        *,
        memory_kib: int = _MEMORY_KIB,
        passes: int = _PASSES,
        threads: int = _THREADS,
        most_at_once: int = _MOST_AT_ONCE,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=_LANES, salt_len=_SALT_BYTES, hash_len=_HASH_BYTES
        )
        self._nobody = _hash_of_nothing(memory_kib, passes)
        self._places = threading.BoundedSemaphore(most_at_once)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")

    async def hash(self, password: str) -> str:
        """`password` as a self-describing Argon2id string."""
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether `password` belongs to the hash `stored`.

        None stands for an account that does not exist: the same work is done, so that time tells nothing.
        """
        return await self._run(lambda: self._matches(password, stored or self._nobody))

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Drop what waits; what runs ends by itself within a hash's time."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            raise PasswordQueueFull(retry_after=_RETRY_SECONDS)
        try:
            future = self._threads.submit(work)
        except RuntimeError:
            self._places.release()
            raise
        # The place is given back by the thread, not by the caller: a caller who left does not stop a running hash.
        future.add_done_callback(self._give_back)
        return await asyncio.wrap_future(future)

    def _give_back(self, _done: "Future[Result]") -> None:
        self._places.release()


def _normal(password: str) -> str:
    # RFC 8265 §4.2 (OpaqueString): the same letters typed on another keyboard are the same password.
    return unicodedata.normalize("NFC", password)


def _hash_of_nothing(memory_kib: int, passes: int) -> str:
    """A well-formed hash with a random result: checking against it costs the same and never succeeds."""
    salt, result = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (_SALT_BYTES, _HASH_BYTES))
    return f"$argon2id$v=19$m={memory_kib},t={passes},p={_LANES}${salt}${result}"
