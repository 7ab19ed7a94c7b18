"""Objects in a bucket of S3, or of anything that speaks its protocol (MinIO, SeaweedFS, Ceph …)."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from obstore.store import S3Store

from chatbox.kernel.storage.objects import Objects
from chatbox.kernel.storage.port import Found, UploadForm, check_key, check_prefix
from chatbox.kernel.storage.post_policy import UploadWish, sign_upload_form
from chatbox.kernel.storage.signing import Signer, escape

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Credential

_SHORTEST_PAUSE = timedelta(milliseconds=100)
_LONGEST_PAUSE = timedelta(seconds=2)
# Of one whole exchange. A reader may take its time over a large object; what stalls is found by the other limits.
_EXCHANGE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bucket's server is waited for, in seconds, and how often it is asked again.

    obstore asks again after refused and broken connections and answers of the kind 5xx, with growing pauses of random
    length. All that is sent may be sent twice: every request of ours says what is to be, not what is to be added.
    """

    connect_s: float = 3.0
    silence_s: float = 60.0  # between two bytes, and until the first, for which an upload sends a whole part
    retries: int = 3
    retrying_s: float = 15.0
    step_s: float = 25.0  # for one exchange as a whole, with its retries
    part_s: float = 120.0  # for one that carries parts of an object there, over a line of 1 Mbit/s


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is: `{endpoint}/{name}`. Browsers reach it below `public_endpoint`."""

    endpoint: str
    public_endpoint: str
    name: str

    @property
    def url(self) -> str:
        return f"{self.endpoint.rstrip('/')}/{escape(self.name)}"

    @property
    def public_url(self) -> str:
        return f"{self.public_endpoint.rstrip('/')}/{escape(self.name)}"


class S3Storage:
    """A `Storage` in a bucket that exists; its objects are private, and links to them are signed."""

    def __init__(
        self, bucket: Bucket, signer: Signer, now: Callable[[], datetime], *, patience: Patience | None = None
    ) -> None:
        """`now` gives the time in UTC."""
        patience = patience or Patience()
        self._bucket = bucket
        self._signer = signer
        self._now = now
        store = _open_store(bucket, signer, patience)
        self._objects = Objects(store, step_seconds=patience.step_s, part_seconds=patience.part_s)

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, mime_type: str) -> int:
        return await self._objects.write(check_key(key), chunks, attributes={"Content-Type": mime_type})

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        async for piece in self._objects.read(check_key(key), start, end):
            yield piece

    async def size(self, key: str) -> int:
        return await self._objects.size(check_key(key))

    async def delete(self, keys: Sequence[str]) -> None:
        await self._objects.delete([check_key(key) for key in keys])

    async def list(self, prefix: str) -> AsyncGenerator[Found]:
        async for found in self._objects.list(check_prefix(prefix)):
            yield found

    async def link(self, key: str, *, disposition: str, mime_type: str, seconds: int) -> str:
        """The response headers are part of what is signed:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax"""
        headers = {"response-content-disposition": disposition, "response-content-type": mime_type}
        url = f"{self._bucket.public_url}/{'/'.join(map(escape, check_key(key).split('/')))}"
        return self._signer.address("GET", url, self._now(), seconds=seconds, query=headers)

    async def upload_form(self, key: str, *, size: int, mime_type: str, seconds: int) -> UploadForm:
        wish = UploadWish(self._bucket.name, check_key(key), size, mime_type)
        # With the `/`: SeaweedFS answers no preflight of a browser without it.
        return sign_upload_form(self._signer, f"{self._bucket.public_url}/", wish, now=self._now(), seconds=seconds)


def _open_store(bucket: Bucket, signer: Signer, patience: Patience) -> S3Store:
    client: ClientConfig = {
        "allow_http": bucket.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=patience.connect_s),
        "read_timeout": timedelta(seconds=patience.silence_s),
        "timeout": _EXCHANGE,
    }
    retries: RetryConfig = {
        "max_retries": patience.retries,
        "retry_timeout": timedelta(seconds=patience.retrying_s),
        "backoff": {"init_backoff": _SHORTEST_PAUSE, "max_backoff": _LONGEST_PAUSE, "base": 2},
    }
    return S3Store(
        bucket.name,
        # What stands in `AWS_*` variables is not asked: both addresses and all credentials are given.
        endpoint=bucket.endpoint,
        aws_endpoint_url_s3=bucket.endpoint,
        region=signer.region,
        virtual_hosted_style_request=False,
        skip_signature=False,
        # Deleting many at once is not known to all that speak the protocol.
        disable_bulk_delete=True,
        client_options=client,
        retry_config=retries,
        credential_provider=_Credentials(signer),
    )


@dataclass(frozen=True, slots=True)
class _Credentials:
    """Gives obstore the keys; otherwise it would take a session token from the environment along with them."""

    signer: Signer

    def __call__(self) -> "S3Credential":
        return {
            "access_key_id": self.signer.access_key,
            "secret_access_key": self.signer.secret_key,
            "token": None,
            "expires_at": None,
        }
