"""A bare relay, the limit that Python allows: a message comes in, the upstream's tokens go out, nothing is kept.

Run as `python -m bench.relay PORT UPSTREAM_URL joined|each`: uvicorn, aiohttp and msgspec, one WebSocket frame for
what one read of the upstream brought (`joined`) or for each token (`each`). It speaks the product's frames.
"""

import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import uvicorn

from bench.frames import AskFrame, Completion, Frame, FrameData

IDLE_SECONDS = 60.0
MOST_CONNECTIONS = 1_000

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Relay:
    """An ASGI application (https://asgi.readthedocs.io) with one WebSocket and one health page."""

    upstream_url: str
    joins: bool
    http: aiohttp.ClientSession | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._talk(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as self.http:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _talk(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await self._answer(msgspec.json.decode(event["text"], type=AskFrame), send)

    async def _answer(self, ask: AskFrame, send: Send) -> None:
        assert self.http is not None
        message_id = str(uuid.uuid4())
        frame = Frame("stream_start", 1, FrameData(message_id=message_id, generation_id=message_id))
        encode = msgspec.json.Encoder().encode
        decoder = msgspec.json.Decoder(Completion)
        await send({"type": "websocket.send", "text": encode(frame).decode()})
        body = {"model": ask.data.model, "stream": True, "messages": [{"role": "user", "content": ask.data.message}]}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=IDLE_SECONDS)
        frame.type = "stream_chunk"
        async with self.http.post(f"{self.upstream_url}/chat/completions", json=body, timeout=timeout) as response:
            rest = b""
            async for block in response.content.iter_any():
                *events, rest = (rest + block).split(b"\n\n")
                texts = list(read_texts(events, decoder))
                for text in ["".join(texts)] if self.joins and texts else texts:
                    frame.seq = (frame.seq or 0) + 1
                    frame.data.chunk = text
                    await send({"type": "websocket.send", "text": encode(frame).decode()})
        end = Frame("stream_end", (frame.seq or 0) + 1, FrameData(message_id=message_id, status="complete"))
        await send({"type": "websocket.send", "text": encode(end).decode()})


def read_texts(events: list[bytes], decoder: msgspec.json.Decoder[Completion]) -> Iterator[str]:
    """The text of each server-sent event that has some."""
    for event in events:
        if event.startswith(b"data: {"):
            choices = decoder.decode(event[6:]).choices
            if choices and choices[0].delta.content:
                yield choices[0].delta.content


if __name__ == "__main__":
    uvicorn.run(
        Relay(sys.argv[2], sys.argv[3] == "joined"),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
    )
