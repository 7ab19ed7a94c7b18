"""What presigned links and upload forms allow, tried over plain HTTP on a real S3 server, as a browser would."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import aiohttp
import pytest
from tests.support.objects import content_of, keys_of, put
from tests.support.s3_server import OwnBucket
from yarl import URL

from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.port import BadKey, UploadForm
from chatbox.kernel.storage.s3 import S3Storage
from chatbox.kernel.storage.signing import Signer, host_of

_HOUR = 3600
_PNG = "image/png"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


@pytest.fixture
async def storage(worker_bucket: OwnBucket) -> AsyncIterator[S3Storage]:
    """An empty one, in the bucket of `worker_bucket`."""
    yield worker_bucket.storage
    await worker_bucket.storage.delete(await keys_of(worker_bucket.storage))


def at(bucket: OwnBucket, moment: datetime) -> S3Storage:
    """A storage in the same bucket, whose clock shows another time."""
    return S3Storage(bucket.server.bucket(bucket.name), bucket.server.signer, lambda: moment)


async def link(storage: S3Storage, key: str = "users/x", seconds: int = _HOUR) -> str:
    return await storage.link(key, disposition="attachment", mime_type=_PNG, seconds=seconds)


async def status_of(http: aiohttp.ClientSession, url: str, method: str = "GET", **more: object) -> int:
    async with http.request(method, URL(url, encoded=True), **more) as answer:  # type: ignore[arg-type] # aiohttp's
        return answer.status


async def send(http: aiohttp.ClientSession, form: UploadForm, content: bytes, **other: str) -> int:
    """Post the form with some fields changed; a field that is empty is left out."""
    body = aiohttp.FormData()
    for name, value in {**form.fields, **{name.replace("_", "-"): value for name, value in other.items()}}.items():
        if value:
            body.add_field(name, value)
    body.add_field("file", content, filename="a file", content_type=_PNG)
    async with http.post(form.url, data=body) as answer:
        return answer.status


def test_a_signature_is_the_one_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, its example."""
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    moment = datetime(2013, 5, 24, tzinfo=UTC)

    url = signer.address("GET", "https://examplebucket.s3.amazonaws.com/test.txt", moment, seconds=86400, query={})

    assert url.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://S3.example.org/x", "s3.example.org"),
        ("https://s3.example.org:443", "s3.example.org"),
        ("http://s3.example.org:443/x", "s3.example.org:443"),
        ("http://[::1]:80/x", "[::1]"),
        ("http://127.0.0.1:9000", "127.0.0.1:9000"),
    ],
)
def test_the_host_is_signed_as_clients_send_it(url: str, host: str) -> None:
    assert host_of(url) == host


async def test_a_link_gives_the_object_with_the_headers_that_were_signed(
    http: aiohttp.ClientSession, storage: S3Storage
) -> None:
    key, name = "users/文件 1+2&3=4.png", "attachment; filename*=UTF-8''" + quote("图 & 1.png")
    await put(storage, key, b"0123456789")
    url = await storage.link(key, disposition=name, mime_type=_PNG, seconds=_HOUR)

    async with http.get(URL(url, encoded=True), headers={"range": "bytes=2-4"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"234")
        assert answer.headers["content-disposition"] == name
        assert answer.headers["content-type"] == _PNG


async def test_nobody_reads_or_writes_without_a_signature(
    http: aiohttp.ClientSession, worker_bucket: OwnBucket, storage: S3Storage
) -> None:
    await put(storage, "users/x")
    bucket = worker_bucket.server.bucket(worker_bucket.name).url

    statuses = {
        await status_of(http, f"{bucket}/users/x"),
        await status_of(http, f"{bucket}?list-type=2"),
        await status_of(http, f"{bucket}/users/y", "PUT", data=b"mine"),
        await status_of(http, f"{bucket}/users/x", "DELETE"),
    }

    assert statuses == {403}
    assert await content_of(storage, "users/x") == b"content"


async def test_a_link_ends(http: aiohttp.ClientSession, worker_bucket: OwnBucket, storage: S3Storage) -> None:
    await put(storage, "users/x")
    an_hour_ago = at(worker_bucket, utc_now() - timedelta(hours=1))

    over = await status_of(http, await link(an_hour_ago, seconds=_HOUR - 10))
    still_good = await status_of(http, await link(an_hour_ago, seconds=_HOUR + 60))

    assert (over, still_good) == (403, 200)


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        ("/users/x", "/users/secret"),
        ("=attachment", "=inline"),
        (quote(_PNG, safe=""), quote("text/html", safe="")),
        ("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
        (r"X-Amz-Signature=.{8}", "X-Amz-Signature=00000000"),
        (r"&X-Amz-Signature=.*", ""),
        (r"X-Amz-Date=\d{4}", "X-Amz-Date=2100"),
    ],
)
async def test_a_link_that_was_changed_is_refused(
    http: aiohttp.ClientSession, storage: S3Storage, pattern: str, instead: str
) -> None:
    await put(storage, "users/x")
    await put(storage, "users/secret")
    url = await link(storage)
    changed = re.sub(pattern, instead, url, count=1)

    assert changed != url
    assert await status_of(http, changed) in {400, 403}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
async def test_a_link_only_reads(http: aiohttp.ClientSession, storage: S3Storage, method: str) -> None:
    await put(storage, "users/x")

    assert await status_of(http, await link(storage), method, data=b"mine") in {400, 403, 405}

    assert await content_of(storage, "users/x") == b"content"


async def upload_form(storage: S3Storage, size: int = 7) -> UploadForm:
    return await storage.upload_form("users/ann/new.png", size=size, mime_type=_PNG, seconds=_HOUR)


async def test_a_form_stores_exactly_what_was_announced(http: aiohttp.ClientSession, storage: S3Storage) -> None:
    form = await upload_form(storage)

    assert await send(http, form, b"content") == 204

    assert await content_of(storage, "users/ann/new.png") == b"content"
    assert abs(form.expires_at - utc_now() - timedelta(hours=1)) < timedelta(minutes=1)


@pytest.mark.parametrize("content", [b"", b"conten", b"content!", b"x" * 100_000])
async def test_a_form_takes_no_other_size(http: aiohttp.ClientSession, storage: S3Storage, content: bytes) -> None:
    assert await send(http, await upload_form(storage), content) in {400, 403}

    assert "users/ann/new.png" not in await keys_of(storage)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "users/bob/new.png"},
        {"Content_Type": "text/html"},
        {"Content_Type": ""},
        {"x_amz_signature": "0" * 64},
        {"x_amz_signature": ""},
        {"policy": ""},
        {"x_amz_date": "21000101T000000Z"},
    ],
    ids=str,
)
async def test_a_form_that_was_changed_is_refused(
    http: aiohttp.ClientSession, storage: S3Storage, other: Mapping[str, str]
) -> None:
    assert await send(http, await upload_form(storage), b"content", **other) in {400, 403}

    assert not {"users/ann/new.png", "users/bob/new.png"} & set(await keys_of(storage))


async def test_a_form_cannot_be_made_to_publish(http: aiohttp.ClientSession, storage: S3Storage) -> None:
    """Amazon refuses fields that the policy does not name; others pass over them."""
    form = await upload_form(storage)

    await send(http, form, b"content", acl="public-read")

    assert await status_of(http, f"{form.url}/users/ann/new.png") in {403, 404}


async def test_a_form_ends(http: aiohttp.ClientSession, worker_bucket: OwnBucket, storage: S3Storage) -> None:
    two_hours_ago = at(worker_bucket, utc_now() - timedelta(hours=2))

    assert await send(http, await upload_form(two_hours_ago), b"content") in {400, 403}

    assert await keys_of(storage, "users/ann/") == []


async def test_nothing_is_signed_for_a_key_that_means_another_place(storage: S3Storage) -> None:
    with pytest.raises(BadKey):
        await link(storage, "users/../secret")
    with pytest.raises(BadKey):
        await storage.upload_form("../x", size=1, mime_type=_PNG, seconds=1)
