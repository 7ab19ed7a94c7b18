"""Signs requests to S3 that somebody else will send: AWS Signature Version 4, in the query of an address.

Sources: Amazon Simple Storage Service API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature
Version 4)", https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, and for the signing key
"Signature Calculations for the Authorization Header", https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_SECONDS = 7 * 24 * 3600
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs in the name of one access key, for one region."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str

    def scope(self, now: datetime) -> str:
        """The day, region and service that a signature is good for."""
        return f"{now:%Y%m%d}/{self.region}/s3/aws4_request"

    def sign(self, text: str, now: datetime) -> str:
        """The signature of a string, as hexadecimal digits."""
        key = f"AWS4{self.secret_key}".encode()
        for step in self.scope(now).split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def address(self, method: str, url: str, now: datetime, *, seconds: int, query: Mapping[str, str]) -> str:
        """`url` (already percent-encoded, without a query) with `query` and a signature that holds for `seconds`.

        `now` is in UTC. Only the host is signed among the headers, and not the body.
        """
        assert 0 < seconds <= LONGEST_SECONDS
        place = urlsplit(url)
        parameters = {
            **query,
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.access_key}/{self.scope(now)}",
            "X-Amz-Date": timestamp(now),
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        encoded = "&".join(sorted(f"{escape(name)}={escape(value)}" for name, value in parameters.items()))
        request = "\n".join(
            [method, place.path or "/", encoded, f"host:{host_of(url)}", "", "host", "UNSIGNED-PAYLOAD"]
        )
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = self.sign("\n".join([ALGORITHM, timestamp(now), self.scope(now), digest]), now)
        return f"{url}?{encoded}&X-Amz-Signature={signature}"


def timestamp(now: datetime) -> str:
    """A moment of UTC as the signatures write it."""
    return f"{now:%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """Percent-encoded as the signature wants it: all but letters, digits and `-._~`."""
    return quote(text, safe="-._~")


def host_of(url: str) -> str:
    """The value of the `Host` header that clients send for this address."""
    place = urlsplit(url)
    host = place.netloc.rpartition("@")[2].lower()
    return host.removesuffix(f":{_USUAL_PORTS.get(place.scheme, 0)}")
