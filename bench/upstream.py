"""A scripted model server that speaks OpenAI's chat completions, fast enough never to be what is measured.

Run as `python -m bench.upstream MODEL…`; it prints the port that it listens on (127.0.0.1 only). Wire:
https://platform.openai.com/docs/api-reference/chat/streaming, HTTP/1.1 with keep-alive. `GET /stats` tells how late
it sent its paced tokens, since a busy machine can make the upstream itself late.
"""

import asyncio
import functools
import sys
import time
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

from bench.plan import Plan, read_plan, stamped_token, token

MOST_REQUEST_BYTES = 8 * 1024 * 1024
SLICE_BYTES = 64 * 1024
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT_START = b'data: {"id":"chatcmpl-9xYzAbCdEf","object":"chat.completion.chunk","created":1790000000,"model":"'
EVENT_MIDDLE = b'","system_fingerprint":"fp_44709d6fcb","choices":['
LATEST_MS = 2_000


class Ask(msgspec.Struct):
    """The part of a request that the script looks at."""

    model: str
    stream: bool = False


class Lateness:
    """How late paced tokens were sent, counted in whole milliseconds up to `LATEST_MS`."""

    def __init__(self) -> None:
        self._counts = [0] * (LATEST_MS + 1)

    def note(self, late_ns: int) -> None:
        self._counts[min(max(late_ns, 0) // 1_000_000, LATEST_MS)] += 1

    def summary(self) -> dict[str, int]:
        """Tokens sent, and the 50th, 99th and 100th percentile of their lateness in milliseconds."""
        total = sum(self._counts)
        return {
            "tokens": total,
            "p50_ms": self._at(total, 50),
            "p99_ms": self._at(total, 99),
            "max_ms": self._at(total, 100),
        }

    def _at(self, total: int, percent: int) -> int:
        seen = 0
        for milliseconds, count in enumerate(self._counts):
            seen += count
            if seen * 100 >= total * percent:
                return milliseconds
        return LATEST_MS


def framed(body: bytes) -> bytes:
    """`body` as one chunk of a chunked HTTP body."""
    return b"%x\r\n%s\r\n" % (len(body), body)


def event(model: str, choice: bytes, usage: bytes = b"null") -> bytes:
    """One server-sent event with the JSON of a completion chunk, framed."""
    return framed(EVENT_START + model.encode() + EVENT_MIDDLE + choice + b'],"usage":' + usage + b"}\n\n")


def delta(model: str, text: str) -> bytes:
    """One token as the server sends it."""
    choice = b'{"index":0,"delta":{"content":"%s"},"logprobs":null,"finish_reason":null}' % text.encode()
    return event(model, choice)


@functools.lru_cache(maxsize=64)
def opening(model: str) -> bytes:
    choice = b'{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}'
    return HEAD + event(model, choice)


@functools.lru_cache(maxsize=64)
def closing(model: str, count: int) -> bytes:
    finish = event(model, b'{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}')
    usage = b'{"prompt_tokens":12,"completion_tokens":%d,"total_tokens":%d}' % (count, 12 + count)
    return finish + event(model, b"", usage) + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


@functools.lru_cache(maxsize=8)
def tokens(model: str, count: int) -> tuple[bytes, ...]:
    return tuple(delta(model, token(index)) for index in range(count))


@functools.lru_cache(maxsize=8)
def whole_stream(model: str, count: int) -> bytes:
    return opening(model) + b"".join(tokens(model, count)) + closing(model, count)


def document(body: bytes, status: bytes = b"200 OK") -> bytes:
    """A complete response with a JSON body."""
    return b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


def whole_completion(plan: Plan) -> bytes:
    """The answer to a request that does not stream."""
    message = {"role": "assistant", "content": "".join(map(token, range(plan.count)))}
    usage = {"prompt_tokens": 12, "completion_tokens": plan.count, "total_tokens": 12 + plan.count}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return msgspec.json.encode({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": usage})


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection: reads requests with a content-length, plays the model that each names."""

    def __init__(self, models: tuple[str, ...], lateness: Lateness) -> None:
        self._models = models
        self._lateness = lateness
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._pending: Iterator[bytes] = iter(())
        self._timer: asyncio.Handle | None = None
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, not a subclass

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's signature
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._write_on()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > MOST_REQUEST_BYTES:
            self._transport.abort()
            return
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = content_length(head)
        if len(self._received) < end + 4 + length:
            return
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        self._answer(head.partition(b"\r\n")[0].split(b" ")[1], body)

    def _answer(self, path: bytes, body: bytes) -> None:
        if path == b"/v1/models":
            listed = [{"id": name, "object": "model", "owned_by": "bench"} for name in self._models]
            self._transport.write(document(msgspec.json.encode({"object": "list", "data": listed})))
        elif path == b"/stats":
            self._transport.write(document(msgspec.json.encode(self._lateness.summary())))
        elif path == b"/v1/chat/completions":
            self._play(msgspec.json.decode(body, type=Ask))
        else:
            self._transport.write(document(b'{"error":{"message":"no such page"}}', b"404 Not Found"))

    def _play(self, ask: Ask) -> None:
        plan = read_plan(ask.model)
        if plan is None:
            self._transport.write(document(b'{"error":{"message":"no such model"}}', b"404 Not Found"))
        elif not ask.stream:
            self._transport.write(document(whole_completion(plan)))
        elif plan.kind == "fast":
            blob = whole_stream(plan.name, plan.count)
            self._pending = (blob[at : at + SLICE_BYTES] for at in range(0, len(blob), SLICE_BYTES))
            self._write_on()
        else:
            self._transport.write(opening(plan.name))
            self._speak(plan, 0, time.monotonic_ns())

    def _write_on(self) -> None:
        """Writes one slice a turn of the loop, so that all connections get on equally."""
        piece = None if self._is_paused else next(self._pending, None)
        if piece is not None:
            self._transport.write(piece)
            if not self._is_paused:
                self._timer = self._loop.call_soon(self._write_on)

    def _speak(self, plan: Plan, index: int, started_ns: int) -> None:
        """Sends token `index`, which is due `index / rate` seconds after the start, and sets the timer for the next."""
        now_ns = time.monotonic_ns()
        self._lateness.note(now_ns - started_ns - index * 1_000_000_000 // plan.rate)
        if plan.kind == "stamped":
            self._transport.write(delta(plan.name, stamped_token(index, now_ns)))
        else:
            self._transport.write(tokens(plan.name, plan.count)[index])
        if index + 1 == plan.count:
            self._transport.write(closing(plan.name, plan.count))
            return
        wait_ns = started_ns + (index + 1) * 1_000_000_000 // plan.rate - now_ns
        self._timer = self._loop.call_later(max(wait_ns, 0) / 1e9, self._speak, plan, index + 1, started_ns)


def content_length(head: bytes) -> int:
    """The body's length in bytes by the request's head; 0 when none is given."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(models: tuple[str, ...]) -> None:
    """Listens on a free port of 127.0.0.1 until the process is ended, and prints the port."""
    lateness = Lateness()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(models, lateness), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(tuple(sys.argv[1:])))
