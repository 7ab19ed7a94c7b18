"""The stream of a session over one WebSocket: events out, wishes in (CONTRACT §3)."""

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from chatbox.generation.connections import Connection, Connections
from chatbox.generation.errors import BadFrame, FrameTooLarge, ToolNotWaiting
from chatbox.generation.events import (
    ApproveTool,
    ClientFrame,
    Continue,
    ErrorEvent,
    Ping,
    Pong,
    Regenerate,
    SendMessage,
    SendMessageData,
    ServerEvent,
    StopGeneration,
)
from chatbox.generation.frame import Frame
from chatbox.generation.question import question_parts
from chatbox.generation.service import Caller, Generations, Wish
from chatbox.kernel.errors import AppError, NotFound, ScopeMissing, StoreUnavailable, TooManyRequests
from chatbox.kernel.i18n import Texts
from chatbox.kernel.web import Authenticator, language_of

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404
TOO_MANY = 4429
# "Try again later" in the registry of RFC 6455 §11.7: the store is away, or the server leaves.
TRY_AGAIN = 1013
_GOING_AWAY = 1001
LARGEST_FRAME = 2_000_000
FRAMES_PER_SECOND = 20
_BURST = 60

_CLOSE_CODES = {
    NotFound.status: NOT_FOUND,
    TooManyRequests.status: TOO_MANY,
    StoreUnavailable.status: TRY_AGAIN,
}

_frames: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


@dataclass(frozen=True, slots=True)
class SessionSocket:
    """The ASGI application behind `/ws/sessions/{session_id}/stream`."""

    authenticator: Authenticator
    generations: Generations
    connections: Connections
    texts: Texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        offered = scope.get("subprotocols", [])
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "bearer" if "bearer" in offered else None})
        try:
            session_id, after = _place(connection)
            principal = await self.authenticator.authenticate(connection)
            if "read" not in principal.scopes and "chat" not in principal.scopes:
                raise ScopeMissing(scope="read")
            caller = Caller(principal.id, principal.language or language_of(connection))
            await self.generations.check(caller, session_id)
            with self.connections.opened(principal) as opened:
                talk = _Talk(self, caller, opened, session_id, send)
                await talk.run(receive, after)
        except AppError as error:
            await _close(send, _close_code(error), error.code)


def _place(connection: HTTPConnection) -> tuple[UUID, int | None]:
    after = connection.query_params.get("after", "")
    try:
        session_id = UUID(connection.path_params["session_id"])
    except ValueError as error:
        raise NotFound from error
    return session_id, int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None


def _close_code(error: AppError) -> int:
    return _CLOSE_CODES.get(error.status, NOT_SIGNED_IN)


async def _close(send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason})


class _Gone(Exception):
    """The client left, or must leave."""


@dataclass(slots=True)
class _Talk:
    """One open socket. `seq` is the last event sent, so that what is not an event never claims a number."""

    socket: SessionSocket
    caller: Caller
    connection: Connection
    session_id: UUID
    send: Send
    seq: int = 0
    _allowance: float = _BURST
    _counted_at: float = field(default_factory=time.monotonic)

    async def run(self, receive: Receive, after: int | None) -> None:
        if after is None:
            # Known before the first wish is heard, whose own events are to be told too.
            after = await self.socket.generations.followers.newest(self.session_id)
        self.seq = after
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell(after))
                group.create_task(self._listen(receive))
                group.create_task(self._await_close())
        except* (_Gone, OSError):
            pass

    async def _tell(self, after: int) -> None:
        followers = self.socket.generations.followers
        async for batch in followers.follow(self.session_id, after, connection=self.connection):
            for frame in batch:
                await self.send({"type": "websocket.send", "text": frame.text})
            if batch:
                self.seq = batch[-1].seq
        if not self.connection.closed.is_set():
            await _close(self.send, NOT_FOUND, "session_not_found")
            raise _Gone

    async def _await_close(self) -> None:
        await self.connection.closed.wait()
        code = NOT_SIGNED_IN if self.connection.reason == "access_lost" else _GOING_AWAY
        await _close(self.send, code, self.connection.reason or "")
        raise _Gone

    async def _listen(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                raise _Gone
            try:
                self._spend()
                await self._obey(_parse(message.get("text") or message.get("bytes") or ""))
            except AppError as error:
                await self._reply_error(error)

    def _spend(self) -> None:
        """Each frame costs one of an allowance that grows back with time. Raises `TooManyRequests`."""
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + (now - self._counted_at) * FRAMES_PER_SECOND)
        self._counted_at = now
        if self._allowance < 1:
            raise TooManyRequests
        self._allowance -= 1

    async def _obey(self, frame: ClientFrame) -> None:
        if not isinstance(frame, Ping) and not self._may_chat():
            raise ScopeMissing(scope="chat")
        match frame:
            case SendMessage():
                await self._send_message(frame)
            case StopGeneration(data=stop):
                await self._verbs.stop(self.caller, self.session_id, stop.message_id)
            case Regenerate(data=again):
                wish = Wish(again.model, again.client_id)
                await self._verbs.regenerate(self.caller, self.session_id, again.message_id, wish)
            case Continue(data=go_on):
                await self._verbs.resume(self.caller, self.session_id, go_on.message_id, go_on.client_id)
            case ApproveTool():
                raise ToolNotWaiting
            case Ping():
                await self._reply(Pong())

    async def _send_message(self, frame: SendMessage) -> None:
        data = frame.data if isinstance(frame.data, SendMessageData) else SendMessageData(message=frame.data)
        parts = question_parts(data.message or frame.message, data.content_parts)
        wish = Wish(data.model, data.client_id, data.parent_id)
        await self._verbs.send(self.caller, self.session_id, parts, wish)

    @property
    def _verbs(self) -> Generations:
        return self.socket.generations

    def _may_chat(self) -> bool:
        return bool(self.connection.principal.scopes & {"chat", "write"})

    async def _reply_error(self, error: AppError) -> None:
        detail = self.socket.texts.say(f"errors.{error.code}", self.caller.language, error.params)
        await self._reply(
            ErrorEvent(message_id=None, generation_id=None, code=error.code, detail=detail, params=error.params)
        )

    async def _reply(self, event: ServerEvent) -> None:
        frame = Frame(self.seq, event.type, event.model_dump_json().encode())
        await self.send({"type": "websocket.send", "text": frame.text})


def _parse(text: str | bytes) -> ClientFrame:
    """Raises `BadFrame` for anything that is no frame of ours, `FrameTooLarge`."""
    if len(text) > LARGEST_FRAME:
        raise FrameTooLarge(limit=LARGEST_FRAME)
    try:
        return _frames.validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise BadFrame from error
