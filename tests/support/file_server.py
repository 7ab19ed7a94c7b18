"""A hub of our own: an HTTP server with one file, byte ranges, and the faults that real hubs have."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What is served and how. `cuts` are the numbers of bytes after which the next connections are closed."""

    content: bytes
    cuts: list[int] = field(default_factory=list)
    status: int | None = None
    knows_ranges: bool = True
    says_length: bool = True
    answered_range: str | None = None
    ranges: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(file: FileServer) -> Iterator[FileServer]:
    """Serve the file on a free port of loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, file)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    file.url = f"http://127.0.0.1:{server.server_address[1]}/model.gguf"
    try:
        yield file
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, file: FileServer) -> None:
    wanted = handler.headers.get("range", "")
    file.ranges.append(wanted)
    if file.status is not None:
        handler.send_error(file.status)
        return
    start = int(wanted.removeprefix("bytes=").removesuffix("-")) if file.knows_ranges and wanted else 0
    handler.send_response(206 if file.knows_ranges and wanted else 200)
    if file.knows_ranges and wanted:
        whole = len(file.content)
        handler.send_header("content-range", file.answered_range or f"bytes {start}-{whole - 1}/{whole}")
    if file.says_length:
        handler.send_header("content-length", str(len(file.content) - start))
    handler.end_headers()
    body = file.content[start:]
    if file.cuts:
        body = body[: file.cuts.pop(0)]
    handler.wfile.write(body)
    handler.close_connection = True
