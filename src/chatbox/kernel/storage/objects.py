"""The verbs that both adapters share, through obstore: streaming with deadlines, and one error for all that fails.

obstore works in threads of its own and hands out futures of the running loop, so nothing here blocks it.
"""

import asyncio
import atexit
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar, cast

import obstore
from obstore.exceptions import BaseError

from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.port import Found, ObjectMissing

if TYPE_CHECKING:
    from obstore import Attributes, GetOptions
    from obstore.store import ObjectStore

PART_BYTES = 5 * 1024 * 1024  # the least that S3 takes as a part of an upload
PARTS_AT_ONCE = 2
PIECE_BYTES = 256 * 1024
_JOINED_BYTES = 1024 * 1024  # handing pieces over costs a wake-up of the loop each
_TIDY_SECONDS = 5.0
_DELETED_AT_ONCE = 100
_LISTED_AT_ONCE = 500
_LONGEST_REASON = 500
_FAREWELL_SECONDS = 0.1
_WRITE = "write"

_Value = TypeVar("_Value")
_log = EventLog("chatbox.storage")


class Objects:
    """The objects of one store of obstore. An exchange with it may take `step_seconds`, and one that carries parts of
    an object there `part_seconds`."""

    def __init__(self, store: "ObjectStore", *, step_seconds: float, part_seconds: float) -> None:
        atexit.unregister(_let_threads_end)  # once is enough
        atexit.register(_let_threads_end)
        self._store = store
        self._step_seconds = step_seconds
        self._part_seconds = part_seconds

    async def write(self, key: str, chunks: AsyncIterable[bytes], *, attributes: "Attributes | None" = None) -> int:
        """Stream `chunks` into a new object; returns its size. Whatever comes instead, the object is not there."""
        writer = obstore.open_writer_async(
            self._store, key, attributes=attributes, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
        )
        size = 0
        is_closing = False
        try:
            async for piece in _joined(chunks):
                size += len(piece)
                with telling(_WRITE, key):
                    await settled(self._part_seconds, writer.write(piece))
            is_closing = True
            with telling(_WRITE, key):
                await settled(self._part_seconds, writer.close())
        except BaseException as failure:
            with suppress(BaseError, OSError):  # nobody can do more; the storage forgets unfinished uploads by itself
                async with asyncio.timeout(_TIDY_SECONDS):
                    if is_closing:
                        await obstore.delete_async(self._store, key)
                    else:
                        await writer.__aexit__(type(failure), failure, failure.__traceback__)
            raise
        return size

    async def read(self, key: str, start: int, end: int | None) -> AsyncGenerator[bytes]:
        """The bytes of a range in pieces, read no further ahead than what the connection holds."""
        options: GetOptions | None = None
        if start or end is not None:
            # Asking for a range beyond the end is an error to some, so the end is looked up first.
            last = min(await self.size(key), end if end is not None else 2**63)
            if start >= last:
                return
            options = {"range": (start, last)}
        with telling("read", key):
            result = await within(self._step_seconds, obstore.get_async(self._store, key, options=options))
        stream = result.stream(min_chunk_size=PIECE_BYTES)
        missing = result.range[1] - result.range[0]
        while missing > 0:
            with telling("read", key):
                piece = await _next_of(self._step_seconds, stream, b"")
                if not piece:
                    raise TimeoutError("the object ended early")
            missing -= len(piece)
            yield piece

    async def size(self, key: str) -> int:
        with telling("size", key):
            return (await within(self._step_seconds, obstore.head_async(self._store, key)))["size"]

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, many at once; those that are not there are passed over."""
        for begin in range(0, len(keys), _DELETED_AT_ONCE):
            batch = keys[begin : begin + _DELETED_AT_ONCE]
            try:
                with telling("delete", batch[0]):
                    await within(self._step_seconds, obstore.delete_async(self._store, batch))
            except ObjectMissing:
                await self._delete_each(batch)

    async def _delete_each(self, keys: Sequence[str]) -> None:
        for key in keys:
            with suppress(ObjectMissing), telling("delete", key):
                await within(self._step_seconds, obstore.delete_async(self._store, key))

    async def list(self, prefix: str) -> AsyncGenerator[Found]:
        """The objects of a folder, fetched page by page as they are asked for."""
        pages = obstore.list(self._store, prefix.rstrip("/") or None, chunk_size=_LISTED_AT_ONCE)
        while True:
            with telling("list", prefix):
                page = await _next_of(self._step_seconds, pages, ())
            if not page:
                return
            for item in page:
                yield Found(item["path"], item["size"], item["last_modified"].astimezone(UTC))


def _let_threads_end() -> None:
    """Wait for what obstore's threads still do when their last result is here already: one that asks for the
    interpreter while it ends aborts the process (measured: 23 of 60 programs that ended right after a read, and none
    of 60 with half of this pause)."""
    time.sleep(_FAREWELL_SECONDS)


@contextmanager
def telling(verb: str, key: str) -> Iterator[None]:
    """Turn what the library raises into `ObjectMissing` or `StorageUnavailable`, and log the latter's reason."""
    try:
        yield
    except FileNotFoundError as error:
        if verb != _WRITE and "NoSuchBucket" not in str(error):
            raise ObjectMissing(key) from error
        raise _unavailable(verb, error) from error
    except (BaseError, OSError) as error:
        raise _unavailable(verb, error) from error


def _unavailable(verb: str, error: Exception) -> StorageUnavailable:
    _log.warning("storage failed", verb=verb, kind=type(error).__name__, reason=str(error)[:_LONGEST_REASON])
    return StorageUnavailable()


async def _next_of(seconds: float, steps: AsyncIterator[_Value], last: _Value) -> _Value:
    """The next thing that obstore has, or `last`. The builtin `anext` with a default cannot await its futures."""
    try:
        return await within(seconds, steps.__anext__())
    except StopAsyncIteration:
        return last


async def within(seconds: float, step: Awaitable[_Value]) -> _Value:
    """What one exchange with the storage gives; raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        return await step


async def settled(seconds: float, step: Awaitable[_Value]) -> _Value:
    """Like `within`, for a step that must not be cut in the middle: it ends before a cancellation goes on."""
    future = cast("asyncio.Future[_Value]", step)  # which the library's annotations call a coroutine
    try:
        await asyncio.wait({future}, timeout=seconds)
    except asyncio.CancelledError:
        await asyncio.wait({future}, timeout=_TIDY_SECONDS)
        if future.done() and not future.cancelled():
            future.exception()  # looked at, or asyncio complains that nobody did
        raise
    if not future.done():
        future.cancel()
        raise TimeoutError(f"no answer within {seconds:g} s")
    return future.result()


async def _joined(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """The same bytes in larger pieces."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _JOINED_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)
