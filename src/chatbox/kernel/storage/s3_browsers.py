"""What browsers can do at a bucket: open links, and send from pages of other addresses where a rule (CORS) lets them.

Source: Amazon Simple Storage Service User Guide, "Using cross-origin resource sharing (CORS)",
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from xml.sax.saxutils import escape

import aiohttp
from yarl import URL

from chatbox.kernel.storage.s3 import Bucket
from chatbox.kernel.storage.s3_bucket import inquiring
from chatbox.kernel.storage.signing import Signer

_ANSWER_SECONDS = 5.0
_REMEMBERED_SECONDS = 3600
_METHODS = ("GET", "HEAD", "POST")
_TOLD = ("ETag", "Content-Length", "Content-Range", "Accept-Ranges", "Content-Disposition")


class LinkClosed(Exception):
    """A signed address does not give what it should; the message says what came instead."""


async def open_link(link: str, most: int) -> bytes:
    """The first `most` bytes behind a signed address, got as a browser gets them. Raises `LinkClosed`."""
    async with _asking() as http, http.get(URL(link, encoded=True)) as answer:
        if not answer.ok:
            raise LinkClosed(f"HTTP {answer.status}")
        return await answer.content.read(most)


async def may_upload(bucket: Bucket, origin: str) -> bool:
    """Whether browsers let a page at `origin` (`https://host`) send to the bucket; asked where they reach it.

    That is the preflight of https://fetch.spec.whatwg.org/#http-cors-protocol. Raises `LinkClosed`.
    """
    asked = {"origin": origin, "access-control-request-method": "POST"}
    async with (
        _asking() as http,
        http.options(f"{bucket.public_url}/", headers=asked, allow_redirects=False) as answer,
    ):
        allowed, methods = (answer.headers.get(f"access-control-allow-{what}", "") for what in ("origin", "methods"))
        return answer.ok and allowed in {"*", origin} and ("POST" in methods or "*" in methods)


async def has_rules(bucket: Bucket, signer: Signer, now: Callable[[], datetime]) -> bool:
    """Whether somebody has set rules for the bucket. Raises `BucketUnusable`."""
    async with inquiring(bucket, signer, now) as inquiry:
        status, code = await inquiry.ask("GET", {"cors": ""})
        if status not in {200, 404}:
            raise inquiry.unusable("does not tell its CORS rules", status, code)
    return status == 200


async def set_rule(bucket: Bucket, signer: Signer, now: Callable[[], datetime], origins: Sequence[str]) -> None:
    """Let pages at `origins` read and upload, by what is signed for them. Replaces all rules of the bucket.

    Raises `BucketUnusable` when the server knows no such rules, or the key may not set them.
    """
    async with inquiring(bucket, signer, now) as inquiry:
        status, code = await inquiry.ask("PUT", {"cors": ""}, _rule(origins))
        if status not in {200, 204}:
            raise inquiry.unusable("does not take a CORS rule", status, code)


def _rule(origins: Sequence[str]) -> str:
    lines = [
        *(f"<AllowedOrigin>{escape(origin)}</AllowedOrigin>" for origin in origins),
        *(f"<AllowedMethod>{method}</AllowedMethod>" for method in _METHODS),
        "<AllowedHeader>*</AllowedHeader>",
        *(f"<ExposeHeader>{name}</ExposeHeader>" for name in _TOLD),
        f"<MaxAgeSeconds>{_REMEMBERED_SECONDS}</MaxAgeSeconds>",
    ]
    return (
        '<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<CORSRule>{''.join(lines)}</CORSRule></CORSConfiguration>"
    )


@asynccontextmanager
async def _asking() -> AsyncGenerator[aiohttp.ClientSession]:
    """A client that is nobody in particular. In the block, `LinkClosed` is raised when there is no answer."""
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as http:
            yield http
    except (aiohttp.ClientError, OSError) as error:
        raise LinkClosed(str(error) or f"nothing came within {_ANSWER_SECONDS:g} s") from error
