"""Forms with which a browser uploads one object straight to S3: exactly this key, this size, this type, for a while.

Sources: Amazon Simple Storage Service API Reference, "Creating a POST Policy",
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html, and "Authenticating Requests:
Browser-Based Uploads Using POST (AWS Signature Version 4)",
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatbox.kernel.storage.port import UploadForm
from chatbox.kernel.storage.signing import ALGORITHM, Signer, timestamp


@dataclass(frozen=True, slots=True)
class UploadWish:
    """The one object that a form may store; `size` in bytes."""

    bucket: str
    key: str
    size: int
    mime_type: str


def sign_upload_form(signer: Signer, url: str, wish: UploadWish, *, now: datetime, seconds: int) -> UploadForm:
    """A form that is posted to `url`, the bucket's address, and holds for `seconds` from `now` (UTC) on."""
    expires_at = now + timedelta(seconds=seconds)
    signed = {
        "key": wish.key,
        "Content-Type": wish.mime_type,
        "x-amz-algorithm": ALGORITHM,
        "x-amz-credential": f"{signer.access_key}/{signer.scope(now)}",
        "x-amz-date": timestamp(now),
    }
    conditions: list[object] = [{"bucket": wish.bucket}, *({name: value} for name, value in signed.items())]
    conditions.append(["content-length-range", wish.size, wish.size])
    policy = {"expiration": f"{expires_at:%Y-%m-%dT%H:%M:%S.000Z}", "conditions": conditions}
    encoded = base64.b64encode(json.dumps(policy).encode()).decode()
    fields = {**signed, "policy": encoded, "x-amz-signature": signer.sign(encoded, now)}
    return UploadForm(url, fields, expires_at)
