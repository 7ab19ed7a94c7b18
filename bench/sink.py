"""A server that does nothing but write what it is sent to a file: the limit for uploads that the framework sets.

uvicorn and Starlette as the product runs them, no parsing, no hashing, no accounts; the file is made durable at the
end, like the product's.
"""

import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def is_ready(_: Request) -> Response:
    return PlainTextResponse("ready")


async def write(request: Request) -> Response:
    folder: Path = request.app.state.folder
    with (folder / "upload").open("wb") as file:
        async for piece in request.stream():
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return PlainTextResponse("written", status_code=201)


def build(folder: Path) -> Starlette:
    app = Starlette(routes=[Route("/readyz", is_ready), Route("/upload", write, methods=["POST"])])
    app.state.folder = folder
    return app


if __name__ == "__main__":
    uvicorn.run(
        build(Path(sys.argv[2])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
