"""Bytes that come and go in pieces, for the tests of what is stored."""

from collections.abc import AsyncGenerator

from chatbox.kernel.storage.port import Storage

TEXT = "text/plain"


async def pieces(*chunks: bytes) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk


async def many(chunk: bytes, times: int) -> AsyncGenerator[bytes]:
    for _ in range(times):
        yield chunk


async def put(storage: Storage, key: str, content: bytes = b"content") -> int:
    return await storage.put(key, pieces(content), mime_type=TEXT)


async def content_of(storage: Storage, key: str, *, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in storage.read(key, start=start, end=end)])


async def keys_of(storage: Storage, prefix: str = "") -> list[str]:
    return sorted([found.key async for found in storage.list(prefix)])
