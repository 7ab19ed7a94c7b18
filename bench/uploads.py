"""What an upload costs: bytes a second against the bare framework on the same disk, and memory of the server."""

import argparse
import os
import time
from collections.abc import AsyncIterator

import aiohttp
import uvloop

from bench import load, processes, stage
from bench.report import Row, percentile, publish
from bench.stage import Server

CLAIM = "an upload: bytes a second, and memory of the server while it runs"
PIECE_BYTES = 256 * 1024
BOUNDARY = "----a-boundary-of-the-measurement"


def body_of(size: int, mark: bytes) -> list[bytes]:
    """A multipart body with one file of `size` bytes, its pieces; `mark` makes its content, and so its hash, new."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="measured.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    noise = os.urandom(PIECE_BYTES)
    pieces = [mark + noise[len(mark) :], *([noise] * (size // PIECE_BYTES - 1))]
    return [head.encode(), *pieces, f"\r\n--{BOUNDARY}--\r\n".encode()]


async def send(http: aiohttp.ClientSession, url: str, headers: dict[str, str], pieces: list[bytes]) -> float:
    """Megabytes a second from the first byte sent to the answer that says it is stored."""

    async def flow() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    length = sum(map(len, pieces))
    headers = headers | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(length)}
    started = time.perf_counter()
    async with http.post(url, data=flow(), headers=headers) as response:
        text = await response.text()
        if response.status != 201:
            raise stage.StageFailed(f"an upload was refused: {response.status} {text[:500]}")
    return length / 1e6 / (time.perf_counter() - started)


async def measure(product: Server, sink: Server, size: int, rounds: int) -> list[Row]:
    """Product and sink in turn, so that noise falls on both alike. Memory counts from before the first upload."""
    ours, bare, grown = [], [], []
    async with load.connect(product.address) as client:
        person = await client.register(1)
        url = f"http://{product.address}/api/v1/files/upload"
        before = processes.resident_mb(product.process.pid)
        await send(client.http, url, person.headers, body_of(size // 10, b"warm up"))
        for number in range(rounds):
            pieces = body_of(size, str(number).encode())
            bare.append(await send(client.http, f"http://{sink.address}/upload", {}, pieces))
            processes.forget_peak(product.process.pid)
            ours.append(await send(client.http, url, person.headers, pieces))
            grown.append(processes.peak_mb(product.process.pid) - before)
    middle, limit = percentile(ours, 50), percentile(bare, 50)
    return [
        Row(f"{size // 10**6} MB, the product, p50", middle, "MB/s"),
        Row(f"{size // 10**6} MB, the bare framework, p50", limit, "MB/s"),
        Row("the product against the bare framework", middle / limit * 100, "%", aim=80, is_floor=True),
        Row("memory of the server during an upload, at most", max(grown), "MB", aim=30),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    cores = processes.take_cores()
    settings = {"CHATBOX_UPLOAD_LIMIT_MB": str(options.megabytes + 10), "CHATBOX_FILE_QUOTA_MB": "10000"}
    with (
        stage.data_folder() as folder,
        stage.product(cores, folder, settings=settings) as product,
        stage.sink(cores) as sink,
    ):
        rows = uvloop.run(measure(product, sink, options.megabytes * 10**6, options.rounds))
    publish("uploads", CLAIM, rows, cores, keep=options == parser.parse_args([]))


if __name__ == "__main__":
    main()
