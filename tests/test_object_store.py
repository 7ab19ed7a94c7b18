"""Which storage the settings pick, and what is said about one that cannot be used."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.app import app_settings
from tests.support.bad_s3 import SIGNER, Answer, Request, bad_s3
from tests.support.objects import content_of, keys_of, put
from tests.support.process import free_port
from tests.support.s3_server import OwnBucket, S3Address

from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.s3 import Bucket, S3Storage
from chatbox.kernel.storage.s3_bucket import BucketSilent, BucketUnusable, prepare_bucket
from chatbox.kernel.storage.signing import Signer
from chatbox.object_store import look_at_s3_storage, open_storage
from chatbox.settings import Settings


def settings(tmp_path: Path, **more: Any) -> Settings:
    return app_settings(tmp_path, None, **more)


async def refusal(tmp_path: Path, **more: Any) -> str:
    with pytest.raises(BucketUnusable) as refused:
        await open_storage(settings(tmp_path, **more))
    return str(refused.value)


async def test_without_a_bucket_files_are_kept_in_the_data_folder(tmp_path: Path) -> None:
    storage = await open_storage(settings(tmp_path))
    await put(storage, "users/x")

    assert isinstance(storage, LocalStorage)
    assert (tmp_path / "files/users/x").read_bytes() == b"content"


async def test_a_bucket_is_made_when_it_is_not_there(tmp_path: Path, s3_server: S3Address) -> None:
    wanted = settings(tmp_path, **s3_server.settings("made-at-the-start"))
    before = await look_at_s3_storage(wanted)

    first, second = await open_storage(wanted), await open_storage(wanted)
    await put(first, "users/x")

    assert before is None
    assert isinstance(await look_at_s3_storage(wanted), S3Storage)
    assert await content_of(second, "users/x") == b"content"
    assert not (tmp_path / "files").exists()


async def test_aws_variables_of_the_environment_are_not_asked(
    tmp_path: Path, s3_bucket: OwnBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ENDPOINT_URL_S3", "ENDPOINT_URL", "REGION"):
        monkeypatch.setenv(f"AWS_{name}", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true")

    await put(await open_storage(settings(tmp_path, **s3_bucket.settings)), "users/x")

    assert await keys_of(s3_bucket.storage) == ["users/x"]


async def test_a_public_address_stands_in_what_browsers_get(tmp_path: Path, s3_bucket: OwnBucket) -> None:
    public = {"s3_public_endpoint": "https://files.example.org/"}
    storage = await open_storage(settings(tmp_path, **s3_bucket.settings, **public))
    await put(storage, "users/x")

    link = await storage.link("users/x", disposition="inline", mime_type="text/plain", seconds=60)
    form = await storage.upload_form("users/y", size=1, mime_type="text/plain", seconds=60)

    assert link is not None
    assert link.startswith(f"https://files.example.org/{s3_bucket.name}/users/x?")
    assert form is not None
    assert form.url == f"https://files.example.org/{s3_bucket.name}/"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"s3_secret_key": SecretStr("wrong")}, "CHATBOX_S3_SECRET_KEY"),
        ({"s3_access_key": "nobody"}, "CHATBOX_S3_ACCESS_KEY"),
        ({"s3_secret_key": None}, "CHATBOX_S3_SECRET_KEY"),
        ({"s3_endpoint": "127.0.0.1:9000"}, "http://"),
        ({"s3_bucket": "No Bucket Has Such a Name"}, "cannot be"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path: Path, s3_server: S3Address, wrong: dict[str, Any], says: str) -> None:
    assert says in await refusal(tmp_path, **{**s3_server.settings("a-bucket"), **wrong})


async def prepared(answer: Callable[[Request], Answer], *, signer: Signer = SIGNER, attempts: int = 3) -> list[Request]:
    """What a server was asked until it had the bucket, or `BucketUnusable`."""
    async with bad_s3(answer) as server:
        await prepare_bucket(Bucket(server.url, server.url, "bucket"), signer, utc_now, attempts=attempts)
    return server.requests


async def test_a_server_that_is_away_is_said_to_be_away() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(BucketSilent, match=f"{url} does not answer"):
        await prepare_bucket(Bucket(url, url, "bucket"), SIGNER, utc_now, attempts=2)


async def test_a_server_that_is_starting_is_waited_for() -> None:
    answers = iter([Answer(503), Answer(body=b"broken off", cut=0), Answer(200)])

    assert len(await prepared(lambda _: next(answers))) == 3


async def test_a_bucket_of_another_region_is_made_there() -> None:
    requests = await prepared(
        lambda request: Answer(200 if request.method == "PUT" else 404),
        signer=Signer(SIGNER.access_key, SIGNER.secret_key, "eu-central-1"),
    )

    assert b"<LocationConstraint>eu-central-1</LocationConstraint>" in requests[1].body


async def test_a_bucket_that_another_instance_made_meanwhile_is_fine() -> None:
    taken = Answer(409, b"<Error><Code>BucketAlreadyOwnedByYou</Code></Error>")

    assert len(await prepared(lambda request: taken if request.method == "PUT" else Answer(404))) == 2


@pytest.mark.parametrize(
    ("looking", "making", "says"),
    [
        (Answer(403, b"<Error><Code>AccessDenied</Code></Error>"), Answer(), "this access key may not use it"),
        (Answer(301, b"<Error><Code>PermanentRedirect</Code></Error>"), Answer(), "CHATBOX_S3_REGION"),
        (Answer(403, b"<Error><Code>RequestTimeTooSkewed</Code></Error>"), Answer(), "clock"),
        (Answer(302, headers={"location": "/elsewhere"}), Answer(), "HTTP (302)"),
        (Answer(404), Answer(403, b"<Error><Code>AccessDenied</Code></Error>"), "cannot be made"),
        (Answer(404), Answer(409, b"<Error><Code>BucketAlreadyExists</Code></Error>"), "BucketAlreadyExists"),
    ],
)
async def test_a_bucket_that_cannot_be_used_is_explained(looking: Answer, making: Answer, says: str) -> None:
    with pytest.raises(BucketUnusable) as refused:
        await prepared(lambda request: making if request.method == "PUT" else looking)

    assert says in str(refused.value)
    assert SIGNER.secret_key not in str(refused.value)


async def test_waiting_for_a_bucket_can_be_cancelled() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    waiting = asyncio.ensure_future(prepare_bucket(Bucket(url, url, "bucket"), SIGNER, utc_now, attempts=100))
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
