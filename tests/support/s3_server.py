"""A real S3 server for the tests: one for a whole run, one bucket for whoever asks for it.

Every worker of a parallel run joins the same server, which stops when the last of them has gone.
"""

import asyncio
import fcntl
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.database import run_folder
from tests.support.process import free_port

from chatbox.kernel.clock import utc_now
from chatbox.kernel.errors import StorageUnavailable
from chatbox.kernel.storage.s3 import Bucket, S3Storage
from chatbox.kernel.storage.s3_bucket import BucketUnusable, prepare_bucket
from chatbox.kernel.storage.signing import Signer

_KEEPER = Path(__file__).with_name("s3_keeper.py")
_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class S3Address:
    """Where the server is, and the keys of its only user."""

    url: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    @property
    def signer(self) -> Signer:
        return Signer(self.access_key, self.secret_key, self.region)

    def bucket(self, name: str) -> Bucket:
        return Bucket(self.url, self.url, name)

    def settings(self, bucket: str) -> dict[str, Any]:
        """What `app_settings` needs to keep files in this bucket."""
        return {
            "s3_endpoint": self.url,
            "s3_bucket": bucket,
            "s3_access_key": self.access_key,
            "s3_secret_key": SecretStr(self.secret_key),
            "s3_region": self.region,
        }


@dataclass(frozen=True)
class OwnBucket:
    """A bucket of a test's own, and a storage in it."""

    server: S3Address
    name: str
    storage: S3Storage

    @property
    def settings(self) -> dict[str, Any]:
        """What `app_settings` needs to keep files here."""
        return self.server.settings(self.name)

    @property
    def words(self) -> dict[str, str]:
        """The same in plain words, by the names that follow `CHATBOX_` in capitals."""
        return {**self.settings, "s3_secret_key": self.server.secret_key}


@contextmanager
def shared_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Address]:
    """Where the S3 server of this run is; for a fixture of session scope."""
    folder = run_folder(tmp_path_factory) / "s3"
    folder.mkdir(exist_ok=True)
    with (folder / "shares.lock").open("ab") as share:
        fcntl.flock(share, fcntl.LOCK_SH)
        with (folder / "start.lock").open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            address = _known(folder) or _start(folder)
        yield address


async def new_bucket(server: S3Address) -> OwnBucket:
    name = f"test-{secrets.token_hex(6)}"
    await prepare_bucket(server.bucket(name), server.signer, utc_now)
    return OwnBucket(server, name, S3Storage(server.bucket(name), server.signer, utc_now))


def _known(folder: Path) -> S3Address | None:
    record = folder / "address.json"
    return S3Address(**json.loads(record.read_text())) if record.exists() else None


def _start(folder: Path) -> S3Address:
    address = S3Address(f"http://127.0.0.1:{free_port()}", "chatbox", secrets.token_hex(16))
    keeper = subprocess.Popen(
        [sys.executable, str(_KEEPER), str(folder), *_command(folder, address)],
        env={**os.environ, "AWS_ACCESS_KEY_ID": address.access_key, "AWS_SECRET_ACCESS_KEY": address.secret_key},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # it stops by itself, after Ctrl-C too
    )
    give_up = time.monotonic() + _READY_SECONDS
    while not asyncio.run(_takes_objects(address)):
        assert keeper.poll() is None, f"the S3 server ended at once: {(folder / 's3.log').read_text()[-2000:]}"
        assert time.monotonic() < give_up, "the S3 server does not answer"
        time.sleep(_LOOK_SECONDS)
    (folder / "address.json").write_text(json.dumps(asdict(address)))
    keeper.returncode = 0  # it outlives this object, which shall not complain about that
    return address


async def _takes_objects(address: S3Address) -> bool:
    bucket = address.bucket("ready")
    try:
        await prepare_bucket(bucket, address.signer, utc_now, attempts=1)
        await S3Storage(bucket, address.signer, utc_now).put("ready", _one_byte(), mime_type="text/plain")
    except (BucketUnusable, StorageUnavailable):
        return False
    return True


async def _one_byte() -> AsyncIterator[bytes]:
    yield b"1"


def _command(folder: Path, address: S3Address) -> list[str]:
    (folder / "data").mkdir(exist_ok=True)
    ports = {name: free_port() for name in ("master", "volume", "filer", "admin")}
    grpc = {name: free_port() for name in ("s3", "master", "volume", "filer")}
    return [
        str(Path(sys.executable).with_name("weed")),
        "mini",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.port={address.url.rpartition(':')[2]}",
        "-s3.allowedOrigins=https://nobody.invalid",  # so that a page needs a rule of its bucket, as on AWS
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *(f"-{name}.port={port}" for name, port in ports.items()),
        *(f"-{name}.port.grpc={port}" for name, port in grpc.items()),
        "-webdav=false",
        "-admin.ui=false",
        "-master.telemetry=false",
    ]
