"""Picks where the bytes of files are kept, as the settings say: a bucket of S3, or the data folder."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from chatbox.kernel.clock import utc_now
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.storage.s3 import Bucket, S3Storage
from chatbox.kernel.storage.s3_browsers import LinkClosed, has_rules, may_upload, open_link, set_rule
from chatbox.kernel.storage.s3_bucket import BucketUnusable, bucket_is_there, prepare_bucket
from chatbox.kernel.storage.signing import Signer
from chatbox.settings import Settings

__all__ = [
    "BucketUnusable",
    "LinkClosed",
    "allow_pages",
    "allowed_pages",
    "files_folder",
    "look_at_s3_storage",
    "open_link",
    "open_storage",
    "page_origin",
    "public_origin",
    "source_and_target",
]

_log = EventLog("chatbox.storage")


async def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name, ready to be used.

    Raises `BucketUnusable`, or `OSError` when the folder cannot be written.
    """
    if settings.s3_bucket is not None:
        return await _open_s3_storage(settings)
    return await asyncio.to_thread(_local_storage, settings)


def _local_storage(settings: Settings) -> LocalStorage:
    """The folder, made if need be. Raises `OSError`."""
    return LocalStorage(files_folder(settings))


async def _open_s3_storage(settings: Settings) -> S3Storage:
    """The bucket, made if need be and allowed; waits some seconds for a server that starts. Raises `BucketUnusable`."""
    bucket, signer = _bucket(settings)
    if await prepare_bucket(bucket, signer, utc_now):
        _log.info("bucket made", bucket=bucket.name, endpoint=bucket.endpoint)
    return S3Storage(bucket, signer, utc_now)


async def look_at_s3_storage(settings: Settings) -> S3Storage | None:
    """The bucket, asked for once; None when it would have to be made. Raises `BucketUnusable`."""
    bucket, signer = _bucket(settings)
    return S3Storage(bucket, signer, utc_now) if await bucket_is_there(bucket, signer, utc_now) else None


async def source_and_target(settings: Settings, to: Literal["s3", "local"]) -> tuple[Storage, Storage]:
    """Both storages, for those who move from one to the other. Raises `BucketUnusable` and `OSError`."""
    bucket = await _open_s3_storage(settings)
    folder = await asyncio.to_thread(_local_storage, settings)
    return (folder, bucket) if to == "s3" else (bucket, folder)


async def allowed_pages(settings: Settings, origins: Sequence[str]) -> list[str]:
    """Those of the addresses whose pages may send to the bucket from a browser. Raises `BucketUnusable`."""
    bucket, _signer = _bucket(settings)
    try:
        return [origin for origin in origins if await may_upload(bucket, origin)]
    except LinkClosed as error:
        raise BucketUnusable(f"{bucket.public_endpoint} does not answer: {error}") from error


async def allow_pages(settings: Settings, origins: Sequence[str], *, replaces: bool) -> bool:
    """Let pages at these addresses send to the bucket; false when it has rules of somebody else, unless one `replaces`
    them. Raises `BucketUnusable`."""
    bucket, signer = _bucket(settings)
    if not replaces and await has_rules(bucket, signer, utc_now):
        return False
    await set_rule(bucket, signer, utc_now, origins)
    return True


def page_origin(settings: Settings) -> str:
    """Where our page is, as `https://host:port`."""
    return _origin_of(settings.public_url or f"http://{settings.host}:{settings.port}")


def files_folder(settings: Settings) -> Path:
    return settings.data_dir / "files"


def public_origin(settings: Settings) -> str:
    """Where browsers get files from if not from us, as `https://host:port`; empty when they all come from us."""
    if settings.s3_bucket is None:
        return ""
    return _origin_of(settings.s3_public_endpoint or settings.s3_endpoint or _aws(settings))


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _aws(settings: Settings) -> str:
    return f"https://s3.{settings.s3_region}.amazonaws.com"


def _bucket(settings: Settings) -> tuple[Bucket, Signer]:
    if settings.s3_bucket is None:
        raise BucketUnusable("No bucket is named; set CHATBOX_S3_BUCKET.")
    if settings.s3_access_key is None or settings.s3_secret_key is None:
        raise BucketUnusable("CHATBOX_S3_BUCKET needs CHATBOX_S3_ACCESS_KEY and CHATBOX_S3_SECRET_KEY beside it.")
    endpoint = settings.s3_endpoint or _aws(settings)
    public = settings.s3_public_endpoint or endpoint
    for address in (endpoint, public):
        if not address.startswith(("http://", "https://")):
            raise BucketUnusable(f"“{address}” is no address of S3; it must begin with http:// or https://.")
    signer = Signer(settings.s3_access_key, settings.s3_secret_key.get_secret_value(), settings.s3_region)
    return Bucket(endpoint, public, settings.s3_bucket), signer
