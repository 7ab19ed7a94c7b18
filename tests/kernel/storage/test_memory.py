"""An object of any size costs a few megabytes of memory on its way in and out, and the program ends well afterwards."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.process import SOURCES
from tests.support.s3_server import S3Address, new_bucket

_MEGABYTES = 100
_MOST_MEGABYTES = 25
_DEADLINE_SECONDS = 100

_PROGRAM = f"""
import asyncio, json, pathlib, re, sys
from chatbox.kernel.clock import utc_now
from chatbox.kernel.storage.local import LocalStorage
from chatbox.kernel.storage.s3 import Bucket, S3Storage
from chatbox.kernel.storage.signing import Signer

async def many(megabytes):
    for number in range(megabytes * 16):
        yield bytes([number % 256]) * 65536

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024

async def main(kind, *words):
    if kind == "local":
        storage = LocalStorage(pathlib.Path(words[0]))
    else:
        url, name, *keys = words
        storage = S3Storage(Bucket(url, url, name), Signer(*keys, "us-east-1"), utc_now)
    await storage.put("users/small", many(1), mime_type="text/plain")
    before = peak()
    size = await storage.put("users/large", many({_MEGABYTES}), mime_type="text/plain")
    async for piece in storage.read("users/large"):
        size -= len(piece)
    print(json.dumps([size, peak() - before]))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", ["local", "s3"])
def test_a_large_object_costs_little_memory(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    words = [str(tmp_path)]
    if kind == "s3":
        server: S3Address = request.getfixturevalue("s3_server")
        words = [server.url, asyncio.run(new_bucket(server)).name, server.access_key, server.secret_key]

    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM, kind, *words],
        env={"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=False,
        timeout=_DEADLINE_SECONDS,
    )
    # It ends right after it has read, when the library's threads may still be at it.
    assert told.returncode == 0, told.stderr.decode()
    missing, megabytes = json.loads(told.stdout)

    assert missing == 0
    assert megabytes < _MOST_MEGABYTES
