"""What a storage makes of an S3 server that is away, refuses, breaks off or stalls."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest
from tests.support.bad_s3 import Answer, Request, bad_s3, storage_at
from tests.support.objects import TEXT, content_of, keys_of, many, put
from tests.support.process import free_port

from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.objects import PART_BYTES
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.storage.s3 import Patience

_HEADERS = {"etag": '"1"', "last-modified": "Mon, 23 Nov 2026 01:00:00 GMT"}
_BUSY = Answer(503, b"<Error><Code>SlowDown</Code></Error>")
_DENIED = Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
_NO_BUCKET = Answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
_MEGABYTE = 1024 * 1024
_WHOLE_DEADLINE_SECONDS = 12.0

VERBS: dict[str, Callable[[Storage], object]] = {
    "put": lambda storage: put(storage, "users/x"),
    "put much": lambda storage: storage.put("users/x", many(b"x" * _MEGABYTE, 7), mime_type=TEXT),
    "read": lambda storage: content_of(storage, "users/x"),
    "read a range": lambda storage: content_of(storage, "users/x", start=1, end=3),
    "size": lambda storage: storage.size("users/x"),
    "delete": lambda storage: storage.delete(["users/x", "users/y"]),
    "list": keys_of,
}
every_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)


async def fails(verb: Callable[[Storage], object], storage: Storage) -> None:
    async with asyncio.timeout(_WHOLE_DEADLINE_SECONDS):
        with pytest.raises(StorageUnavailable):
            await verb(storage)  # type: ignore[misc] # all of them are awaitable


@every_verb
async def test_a_server_that_is_away_is_one_error(verb: Callable[[Storage], object]) -> None:
    await fails(verb, storage_at(f"http://127.0.0.1:{free_port()}"))


@every_verb
async def test_a_server_that_is_busy_is_asked_again_and_then_given_up(verb: Callable[[Storage], object]) -> None:
    async with bad_s3(lambda _: _BUSY) as server:
        await fails(verb, server.storage)

    assert len(server.requests) >= 3


@every_verb
async def test_a_refusal_is_not_asked_again(verb: Callable[[Storage], object]) -> None:
    async with bad_s3(lambda _: _DENIED) as server:
        await fails(verb, server.storage)

    assert len({(request.method, request.target) for request in server.requests}) == len(server.requests)


@pytest.mark.parametrize("name", ["put", "put much", "read", "list"])
async def test_a_server_that_never_answers_is_not_waited_for_long(name: str) -> None:
    async with bad_s3(lambda _: Answer(stalls=True)) as server:
        await fails(VERBS[name], server.impatient)


@pytest.mark.parametrize("name", ["put", "put much", "read", "list"])
async def test_a_bucket_that_is_gone_is_no_missing_object(name: str) -> None:
    async with bad_s3(lambda _: _NO_BUCKET) as server:
        await fails(VERBS[name], server.storage)


async def test_a_passing_fault_is_not_noticed() -> None:
    answers = iter([_BUSY, Answer(500), Answer(headers=_HEADERS, body=b"12345")])

    async with bad_s3(lambda _: next(answers)) as server:
        assert await server.storage.size("users/x") == 5


async def test_an_answer_that_breaks_off_is_taken_up_where_it_ended() -> None:
    content = bytes(range(256)) * 4000

    def answer(request: Request) -> Answer:
        if not hasattr(answer, "has_cut"):
            answer.has_cut = True  # type: ignore[attr-defined] # what this function remembers
            return Answer(200, content, _HEADERS, cut=len(content) // 2)
        rest = f"bytes {len(content) // 2}-{len(content) - 1}/{len(content)}"
        return Answer(206, content[len(content) // 2 :], {**_HEADERS, "content-range": rest})

    async with bad_s3(answer) as server:
        assert await content_of(server.storage, "users/x") == content


@pytest.mark.parametrize("stalls", [False, True])
async def test_an_answer_that_always_breaks_off_is_an_error_after_what_came(stalls: bool) -> None:
    content = b"x" * 4 * _MEGABYTE
    got: list[bytes] = []

    async def read(storage: Storage) -> None:
        async for piece in storage.read("users/x"):
            got.append(piece)  # noqa: PERF401 - what came before the error counts

    async with bad_s3(lambda _: Answer(200, content, _HEADERS, cut=2 * _MEGABYTE, stalls=stalls)) as server:
        await fails(read, server.impatient if stalls else server.storage)

    assert 0 < sum(map(len, got)) <= 2 * _MEGABYTE


def upload_answers(**failing: Answer) -> Callable[[Request], Answer]:
    """An upload in parts, of which the steps that are named fail: `part`, `complete`."""

    def answer(request: Request) -> Answer:
        if request.method == "POST" and "uploads" in request.target:
            return Answer(
                body=b"<InitiateMultipartUploadResult><UploadId>the-id</UploadId></InitiateMultipartUploadResult>"
            )
        if request.method == "PUT":
            return failing.get("part", Answer(headers=_HEADERS))
        if request.method == "POST":
            return failing.get("complete", Answer(body=_COMPLETED))
        return Answer(204)

    return answer


_COMPLETED = b'<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>'


async def test_a_large_object_goes_in_parts_of_one_size() -> None:
    async with bad_s3(upload_answers()) as server:
        assert await VERBS["put much"](server.storage) == 7 * _MEGABYTE  # type: ignore[misc] # awaitable

    assert sorted(len(part.body) for part in server.asked("PUT")) == [2 * _MEGABYTE, PART_BYTES]
    assert not server.asked("DELETE")


@pytest.mark.parametrize("answer", [_DENIED, _BUSY, Answer(stalls=True), Answer(cut=0)])
async def test_an_upload_whose_parts_are_refused_is_taken_back(answer: Answer) -> None:
    async with bad_s3(upload_answers(part=answer)) as server:
        await fails(VERBS["put much"], server.impatient if answer.stalls else server.storage)

    assert any("the-id" in request.target for request in server.asked("DELETE"))


@pytest.mark.parametrize(
    "answer", [_DENIED, _BUSY, Answer(stalls=True), Answer(body=b"<Error><Code>InternalError</Code></Error>")]
)
async def test_an_upload_that_cannot_be_completed_is_taken_back(answer: Answer) -> None:
    async with bad_s3(upload_answers(complete=answer)) as server:
        await fails(VERBS["put much"], server.impatient if answer.stalls else server.storage)

    assert any("the-id" in request.target for request in server.asked("DELETE"))
    # Perhaps it was completed, and only the answer was lost.
    assert any(request.target == "/bucket/users/x" for request in server.asked("DELETE"))


async def test_an_upload_that_is_cancelled_while_it_is_completed_leaves_nothing() -> None:
    at_the_end = asyncio.Event()

    def answer(request: Request) -> Answer:
        if request.method == "PUT":
            at_the_end.set()
        return Answer(headers=_HEADERS, stalls=request.method == "PUT")

    async with bad_s3(answer) as server:
        putting = asyncio.ensure_future(put(server.impatient, "users/x"))
        async with asyncio.timeout(_WHOLE_DEADLINE_SECONDS):
            await at_the_end.wait()
            putting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await putting

    assert [request.target for request in server.asked("DELETE")] == ["/bucket/users/x"]


async def test_a_server_that_takes_too_long_over_a_part_is_given_up() -> None:
    async with bad_s3(lambda request: Answer(204, stalls=request.method == "PUT")) as server:
        await fails(VERBS["put"], storage_at(server.url, Patience(part_s=0.2)))


async def test_an_answer_that_is_shorter_than_it_says_is_an_error() -> None:
    def answer(request: Request) -> Answer:
        if request.method == "HEAD":
            return Answer(headers=_HEADERS, body=b"x" * 100)
        return Answer(206, b"x" * 50, {**_HEADERS, "content-range": "bytes 1-99/100"})

    async with bad_s3(answer) as server:
        await fails(lambda storage: content_of(storage, "users/x", start=1), server.impatient)


async def test_a_server_that_misses_what_is_deleted_is_no_obstacle() -> None:
    async with bad_s3(lambda _: Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")) as server:
        await server.storage.delete(["users/x", "users/y"])

    assert {request.target for request in server.requests} == {"/bucket/users/x", "/bucket/users/y"}


async def test_a_slow_reader_is_not_cut_off() -> None:
    content = b"x" * 8 * _MEGABYTE

    async with (
        bad_s3(lambda _: Answer(200, content, _HEADERS)) as server,
        aclosing(server.impatient.read("x")) as stream,
    ):
        got = len(await anext(stream))
        await asyncio.sleep(1)  # longer than the server may be silent
        got += sum([len(piece) async for piece in stream])

    assert got == len(content)


async def test_a_source_that_fails_while_the_server_is_away_keeps_its_own_error() -> None:
    async def broken() -> AsyncGenerator[bytes]:
        yield b"x" * 100
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await storage_at(f"http://127.0.0.1:{free_port()}").put("users/x", broken(), mime_type=TEXT)
