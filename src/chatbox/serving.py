"""Runs the server in this process, and lets it leave in peace: new work refused, running answers given their time."""

import gc
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from chatbox.app import Running, build_app
from chatbox.generation.socket import LARGEST_FRAME
from chatbox.kernel.log import set_up_logging
from chatbox.kernel.supervisor import Supervisor
from chatbox.settings import Settings

_CLOSE_SECONDS = 5
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75


class GracefulServer(uvicorn.Server):
    """Drains at the first SIGTERM or SIGINT, and goes at once at the second."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self._supervisor = Supervisor()
        self._is_asked = False
        self._is_draining = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        # What a started server holds it holds until its end. To look through it again and again for garbage would stop
        # everybody's tokens for 150 ms each time.
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._is_asked:
            super().handle_exit(sig, frame)
        self._is_asked = True

    async def on_tick(self, counter: int) -> bool:
        if self._is_asked and not self._is_draining:
            self._is_draining = True
            self._supervisor.spawn(self._drain(), name="drain")
        return await super().on_tick(counter)

    async def _drain(self) -> None:
        running: Running | None = getattr(self._app.state, "running", None)
        try:
            if running is not None:
                await running.drain()
        finally:
            self.should_exit = True


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How the web server in front of `app` behaves."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        backlog=_BACKLOG,
        loop="uvloop",
        http="httptools",
        # The legacy implementation costs 1.6 times as much a frame, and compression more than it saves on such text.
        ws="websockets-sansio",
        ws_max_size=4 * LARGEST_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_CLOSE_SECONDS,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        server_header=False,
        log_config=None,
    )


def serve(settings: Settings) -> bool:
    """Serve until told to stop. False when the start failed."""
    set_up_logging(settings.log_level)
    app = build_app(settings)
    server = GracefulServer(server_config(app, settings), app)
    try:
        server.run()
    except SystemExit:
        # So leaves the web server when the start failed, after it logged why.
        if server.started:
            raise
    return server.started
