"""One contract for every storage, against a real folder and a real S3 server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.objects import TEXT, content_of, keys_of, many, pieces, put

from chatbox.kernel.storage.objects import PART_BYTES, PIECE_BYTES
from chatbox.kernel.storage.port import BadKey, ObjectMissing, Storage

_MEGABYTE = 1024 * 1024
_DEADLINE_SECONDS = 10.0


@pytest.mark.parametrize(
    "size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES]
)
async def test_what_was_put_is_read_back(storage: Storage, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    content = content[:size]

    assert await put(storage, "users/ann/a.bin", content) == size

    assert await storage.size("users/ann/a.bin") == size
    assert await content_of(storage, "users/ann/a.bin") == content


async def test_pieces_of_any_size_are_joined_in_their_order(storage: Storage) -> None:
    chunks = [b"", b"a", b"bc" * _MEGABYTE, b"", b"d" * 7 * _MEGABYTE, b"e"]

    assert await storage.put("users/x", pieces(*chunks), mime_type=TEXT) == 9 * _MEGABYTE + 2

    assert await content_of(storage, "users/x") == b"".join(chunks)


async def test_an_object_is_replaced_as_a_whole(storage: Storage) -> None:
    await put(storage, "users/x", b"the longer first one")

    await put(storage, "users/x", b"second")

    assert await content_of(storage, "users/x") == b"second"


@pytest.mark.parametrize("key", ["users/文件/图 1.png", "uploads/0/1", "a", "users/a+b&c=d'e(f)~,;@!$.txt"])
async def test_names_of_every_kind_are_kept(storage: Storage, key: str) -> None:
    await put(storage, key)

    assert await keys_of(storage) == [key]
    assert await content_of(storage, key) == b"content"


async def test_what_is_not_there_is_missing(storage: Storage) -> None:
    with pytest.raises(ObjectMissing):
        await storage.size("users/nobody")
    for bounds in ({}, {"start": 1}, {"end": 0}):
        with pytest.raises(ObjectMissing):
            await anext(storage.read("users/nobody", **bounds))


async def test_a_folder_is_no_object(storage: Storage) -> None:
    await put(storage, "users/ann/x")

    with pytest.raises(ObjectMissing):
        await storage.size("users/ann")


async def test_deleted_objects_are_gone_and_missing_ones_no_obstacle(storage: Storage) -> None:
    for name in ("a", "b", "c"):
        await put(storage, f"users/{name}")

    await storage.delete([])
    await storage.delete(["users/never", "users/a", "users/b", "users/never either"])

    assert await keys_of(storage) == ["users/c"]


async def test_many_objects_are_listed_and_deleted(storage: Storage) -> None:
    keys = [f"users/ann/{number:04}" for number in range(130)]
    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(put(storage, key, b""))

    assert await keys_of(storage, "users/ann/") == keys
    await storage.delete([*keys, "users/ann/never"])

    assert await keys_of(storage) == []


async def test_a_list_shows_one_folder_with_sizes_and_times(storage: Storage) -> None:
    await put(storage, "users/ann/x", b"12345")
    await put(storage, "users/anna/y")
    await put(storage, "uploads/z")

    found = [found async for found in storage.list("users/ann/")]

    assert [(one.key, one.size) for one in found] == [("users/ann/x", 5)]
    assert abs(found[0].modified_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert found[0].modified_at.tzinfo is UTC
    assert await keys_of(storage, "users/") == ["users/ann/x", "users/anna/y"]
    assert await keys_of(storage, "nothing/") == []


async def test_nothing_is_there_when_the_source_fails(storage: Storage) -> None:
    async def broken(size: int) -> AsyncGenerator[bytes]:
        for _ in range(size):
            yield b"x" * _MEGABYTE
        raise ZeroDivisionError

    for size in (0, 1, 12):
        with pytest.raises(ZeroDivisionError):
            await storage.put("users/x", broken(size), mime_type=TEXT)

    assert await keys_of(storage) == []


@pytest.mark.parametrize("megabytes", [1, 12])
async def test_nothing_is_there_when_the_put_is_cancelled(storage: Storage, megabytes: int) -> None:
    stuck = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(megabytes):
            yield b"x" * _MEGABYTE
        stuck.set()
        await asyncio.Event().wait()

    putting = asyncio.ensure_future(storage.put("users/x", endless(), mime_type=TEXT))
    async with asyncio.timeout(_DEADLINE_SECONDS):
        await stuck.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await keys_of(storage) == []


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 13, 21, 34, 55])
async def test_whenever_a_put_is_cancelled_it_leaves_nothing(storage: Storage, steps: int) -> None:
    putting = asyncio.ensure_future(storage.put("users/x", many(b"x" * _MEGABYTE, 6), mime_type=TEXT))
    for _ in range(steps):
        await asyncio.sleep(0.002)
    was_cancelled = putting.cancel()
    await asyncio.wait({putting}, timeout=_DEADLINE_SECONDS)

    assert putting.done()
    assert await keys_of(storage) == ([] if was_cancelled else ["users/x"])


async def test_a_reader_may_leave_early(storage: Storage) -> None:
    await storage.put("users/x", many(b"x" * _MEGABYTE, 12), mime_type=TEXT)

    async with aclosing(storage.read("users/x")) as stream:
        first = await anext(stream)

    assert 0 < len(first) <= _MEGABYTE
    assert await storage.size("users/x") == 12 * _MEGABYTE


async def test_objects_are_read_and_written_side_by_side(storage: Storage) -> None:
    async def one(number: int) -> bool:
        content = bytes([number]) * (200_000 + number)
        await put(storage, f"users/{number}", content)
        return await content_of(storage, f"users/{number}") == content

    assert all(await asyncio.gather(*(one(number) for number in range(20))))


async def test_the_loop_goes_on_while_megabytes_pass(storage: Storage) -> None:
    async def longest_wait() -> float:
        async with asyncio.TaskGroup() as group:
            waits: list[float] = []
            watching = group.create_task(_watch(waits))
            await storage.put("users/x", many(b"x" * 65536, 192), mime_type=TEXT)
            assert len(await content_of(storage, "users/x")) == 192 * 65536
            watching.cancel()
        return max(waits)

    # The machine may be busy with other tests; whoever blocks the loop does it every time.
    assert min([await longest_wait() for _ in range(3)]) < 0.1


async def _watch(waits: list[float]) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        before = clock()
        await asyncio.sleep(0.001)
        waits.append(clock() - before)


class TestRanges:
    """`read` gives what a slice of the bytes gives."""

    content = bytes(number % 253 for number in range(2 * PIECE_BYTES + 1000))

    # The storage is filled once, and reading leaves it as it was.
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_a_range_is_a_slice(self, storage: Storage, data: st.DataObject) -> None:
        if not await keys_of(storage):
            await put(storage, "users/x", self.content)
        edges = st.one_of(
            st.integers(0, len(self.content) + 10),
            st.sampled_from([PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, len(self.content), len(self.content) - 1]),
        )
        start, end = data.draw(edges), data.draw(st.one_of(st.none(), edges))

        assert await content_of(storage, "users/x", start=start, end=end) == self.content[start:end]


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "/etc/passwd", "users/../x", "..", "./x", "users//x", "users/", "users/x\0", "users\\x", "C:x",
        "a/b\nc", "users/ ", "users/x.", "a#1", "a%2e", "a?b", "con", "users/NUL.txt", "users/com1.png", "\ud800",
        "x" * 201, "/".join(["x" * 100] * 6), "文" * 171,
    ],
)  # fmt: skip
async def test_a_key_that_could_mean_another_place_is_refused(storage: Storage, key: str) -> None:
    verbs = [
        put(storage, key),
        storage.size(key),
        content_of(storage, key),
        storage.delete(["fine", key]),
    ]
    for verb in verbs:
        with pytest.raises(BadKey):
            await verb


@pytest.mark.parametrize("prefix", ["users", "/", "../", "users/../", "a\0/"])
async def test_only_a_folder_can_be_listed(storage: Storage, prefix: str) -> None:
    with pytest.raises(BadKey):
        await keys_of(storage, prefix)
