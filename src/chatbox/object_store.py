"""Picks where the bytes of files are kept, as the settings say: a bucket of S3, or the data folder."""

import asyncio

from chatbox.kernel.clock import utc_now
from chatbox.kernel.log import EventLog
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.port import Storage
from chatbox.kernel.storage.s3 import Bucket, S3Storage
from chatbox.kernel.storage.s3_bucket import BucketUnusable, prepare_bucket
from chatbox.kernel.storage.signing import Signer
from chatbox.settings import Settings

__all__ = ["BucketUnusable", "local_storage", "open_s3_storage", "open_storage"]

_log = EventLog("chatbox.storage")


async def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name, ready to be used.

    Raises `BucketUnusable`, or `OSError` when the folder cannot be written.
    """
    if settings.s3_bucket is not None:
        return await open_s3_storage(settings)
    return await asyncio.to_thread(local_storage, settings)


def local_storage(settings: Settings) -> LocalStorage:
    """The folder, made if need be. Raises `OSError`."""
    return LocalStorage(settings.data_dir / "files")


async def open_s3_storage(settings: Settings, *, attempts: int = 5) -> S3Storage:
    """The bucket, made if need be and allowed; asked for up to `attempts` times. Raises `BucketUnusable`."""
    bucket, signer = _bucket(settings)
    if await prepare_bucket(bucket, signer, utc_now, attempts=attempts):
        _log.info("bucket made", bucket=bucket.name, endpoint=bucket.endpoint)
    return S3Storage(bucket, signer, utc_now)


def _bucket(settings: Settings) -> tuple[Bucket, Signer]:
    if settings.s3_bucket is None:
        raise BucketUnusable("No bucket is named; set CHATBOX_S3_BUCKET.")
    if settings.s3_access_key is None or settings.s3_secret_key is None:
        raise BucketUnusable("CHATBOX_S3_BUCKET needs CHATBOX_S3_ACCESS_KEY and CHATBOX_S3_SECRET_KEY beside it.")
    endpoint = settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com"
    public = settings.s3_public_endpoint or endpoint
    for address in (endpoint, public):
        if not address.startswith(("http://", "https://")):
            raise BucketUnusable(f"“{address}” is no address of S3; it must begin with http:// or https://.")
    signer = Signer(settings.s3_access_key, settings.s3_secret_key.get_secret_value(), settings.s3_region)
    return Bucket(endpoint, public, settings.s3_bucket), signer
