"""Looks whether a bucket can be used before anything depends on it, and makes it where that is allowed."""

import asyncio
import base64
import hashlib
import random
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import aiohttp
from yarl import URL

from chatbox.kernel.storage.s3 import Bucket
from chatbox.kernel.storage.signing import Signer

_ANSWER_SECONDS = 5.0
_SIGNED_SECONDS = 60
_LONGEST_PAUSE_SECONDS = 2.0
_MOST_ANSWER_BYTES = 64 * 1024
_NOT_IMPLEMENTED = 501  # said for good, unlike its neighbours
_CODE = re.compile(r"<Code>([^<]{1,100})</Code>")
_FIRST_REGION = "us-east-1"  # which must not be named when a bucket is made in it
_PLACE = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
)
_WHAT_TO_DO = {
    "InvalidAccessKeyId": "the access key is not known there; check CHATBOX_S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "the signature was refused; check CHATBOX_S3_SECRET_KEY",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "AuthorizationHeaderMalformed": "the bucket is in another region; check CHATBOX_S3_REGION",
    "PermanentRedirect": "the bucket is in another region; check CHATBOX_S3_REGION and CHATBOX_S3_ENDPOINT",
    "AccessDenied": "this access key may not use it",
    "NotImplemented": "the server sets that for all of its buckets (MinIO: MINIO_API_CORS_ALLOW_ORIGIN)",
    "InvalidBucketName": "no bucket can have this name; check CHATBOX_S3_BUCKET",
}


class BucketUnusable(Exception):
    """The bucket cannot be used; the message says to an operator why, and what to look at."""


class BucketSilent(BucketUnusable):
    """The server of the bucket does not answer."""


async def prepare_bucket(bucket: Bucket, signer: Signer, now: Callable[[], datetime], *, attempts: int = 5) -> bool:
    """Make sure that the bucket is there; returns whether it had to be made. Raises `BucketUnusable`.

    A server that does not answer is asked again, `attempts` times in all: it may be starting too.
    """
    for attempt in range(1, attempts):
        try:
            async with inquiring(bucket, signer, now) as inquiry:
                return await inquiry.make_if_missing()
        except BucketSilent:
            # Instances that were started together should not ask together.
            await asyncio.sleep(random.uniform(0.5, 1) * min(_LONGEST_PAUSE_SECONDS, 0.2 * 2**attempt))  # noqa: S311 - not a secret
    async with inquiring(bucket, signer, now) as inquiry:
        return await inquiry.make_if_missing()


async def bucket_is_there(bucket: Bucket, signer: Signer, now: Callable[[], datetime]) -> bool:
    """Whether the bucket exists and can be listed; false when it would have to be made. Raises `BucketUnusable`."""
    async with inquiring(bucket, signer, now) as inquiry:
        return await inquiry.is_there()


@asynccontextmanager
async def inquiring(bucket: Bucket, signer: Signer, now: Callable[[], datetime]) -> AsyncGenerator["Inquiry"]:
    """A way to ask about the bucket. In the block, `BucketSilent` is raised when its server does not answer."""
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as http:
            yield Inquiry(bucket, signer, now, http)
    except (aiohttp.ClientError, OSError) as error:
        why = str(error) or f"nothing came within {_ANSWER_SECONDS:g} s"
        raise BucketSilent(f"{bucket.endpoint} does not answer: {why}") from error


class Inquiry:
    """Asks the server of a bucket one thing at a time, each request signed for itself."""

    def __init__(
        self, bucket: Bucket, signer: Signer, now: Callable[[], datetime], http: aiohttp.ClientSession
    ) -> None:
        self._bucket = bucket
        self._signer = signer
        self._now = now
        self._http = http

    async def is_there(self) -> bool:
        status, code = await self.ask("GET", {"list-type": "2", "max-keys": "1"})
        if status not in {200, 404}:
            raise self.unusable("cannot be used", status, code)
        return status == 200

    async def make_if_missing(self) -> bool:
        if await self.is_there():
            return False
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        region = self._signer.region
        status, code = await self.ask("PUT", {}, "" if region == _FIRST_REGION else _PLACE.format(region=region))
        if status != 200 and code != "BucketAlreadyOwnedByYou":
            raise self.unusable("does not exist and cannot be made", status, code)
        return True

    async def ask(self, method: str, query: Mapping[str, str], body: str = "") -> tuple[int, str]:
        """The status of the answer, and the code of the error if it is one."""
        url = self._signer.address(method, self._bucket.url, self._now(), seconds=_SIGNED_SECONDS, query=query)
        # Some settings of a bucket are not taken without a sum over them.
        digest = hashlib.md5(body.encode(), usedforsecurity=False).digest()
        sums = {"content-md5": base64.b64encode(digest).decode()} if body else {}
        async with self._http.request(
            method, URL(url, encoded=True), data=body.encode(), headers=sums, allow_redirects=False
        ) as answer:
            if answer.status >= 500 and answer.status != _NOT_IMPLEMENTED:
                answer.raise_for_status()
            text = (await answer.content.read(_MOST_ANSWER_BYTES)).decode(errors="replace")
        found = _CODE.search(text)
        return answer.status, found[1] if found else ""

    def unusable(self, what: str, status: int, code: str) -> BucketUnusable:
        """Says that the bucket `what`, with the reason that the server gave."""
        why = f"{code or 'HTTP'} ({status})" + (f": {_WHAT_TO_DO[code]}" if code in _WHAT_TO_DO else "")
        return BucketUnusable(f"The bucket “{self._bucket.name}” at {self._bucket.endpoint} {what}: {why}")
