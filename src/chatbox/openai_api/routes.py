"""The OpenAI-compatible endpoint over HTTP. An answer lives as long as its request: hanging up ends it."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from chatbox.kernel.errors import AppError, InvalidRequest, NotFound
from chatbox.kernel.i18n import Texts
from chatbox.kernel.web import Chatter, field_error, language_of, service
from chatbox.openai_api.errors import Refusal, refuse, refuse_field
from chatbox.openai_api.replies import ChunkWriter, WholeAnswer
from chatbox.openai_api.schemas import CompletionWish, ListedModel, ListedModels
from chatbox.openai_api.service import Completions, Prepared
from chatbox.providers.port import ModelError

_HEARTBEAT = b": heartbeat\n\n"
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_INDEX = re.compile(r"\.(\d+)(?=\.|$)")


class OpenAIRoute(APIRoute):
    """A route whose failures have OpenAI's shape instead of being problem documents."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except (AppError, HTTPException, RequestValidationError) as error:
                return _refuse(request, error)

        return handle_or_refuse


router = APIRouter(prefix="/v1", tags=["openai"], route_class=OpenAIRoute)

Service = Annotated[Completions, Depends(service(Completions))]


@router.get("/models", response_model=ListedModels)
async def list_models(me: Chatter, completions: Service) -> ListedModels:
    """Every model that the caller may use."""
    return await completions.list_models(me.id)


@router.get("/models/{model_id:path}", response_model=ListedModel)
async def get_model(model_id: str, me: Chatter, completions: Service) -> ListedModel:
    return await completions.get_model(me.id, model_id)


@router.post("/chat/completions")
async def create_completion(wish: CompletionWish, me: Chatter, request: Request, completions: Service) -> Response:
    """One answer, whole or (`stream`) as server-sent events. Nothing is stored."""
    prepared = await completions.prepare(me.id, wish)
    if not wish.stream:
        return _WholeReply(request, completions, prepared)
    with_usage = wish.stream_options is not None and bool(wish.stream_options.include_usage)
    return _StreamedReply(request, completions, prepared, with_usage=with_usage)


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def refuse_unknown(rest: str) -> Response:  # noqa: ARG001 - the path is what makes the route match
    """What OpenAI has and we have not (embeddings, audio …) is refused in the shape that the client reads."""
    raise NotFound


class _HungUp(Exception):
    """The client is gone, or takes nothing any more."""


class _Reply(Response, ABC):
    """An answer on its way. While it is written the client is watched: when it hangs up, the provider is left at once.

    The server in front only tells of a lost client to those who ask, so waiting for the model is not enough.
    """

    def __init__(self, request: Request, completions: Completions, prepared: Prepared) -> None:
        super().__init__()
        self._request = request
        self._completions = completions
        self._prepared = prepared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(_until_hung_up(receive))
                late = await self._answer(group, send)
                if late is not None:
                    await late(scope, receive, send)
                watch.cancel()
        except* _HungUp:
            pass

    @abstractmethod
    async def _answer(self, group: asyncio.TaskGroup, send: Send) -> Response | None:
        """Send the answer, or return what is to be sent in its place."""


class _WholeReply(_Reply):
    """An answer in one piece."""

    async def _answer(self, group: asyncio.TaskGroup, send: Send) -> Response:  # noqa: ARG002 - all is sent at the end
        answer = WholeAnswer(self._prepared.head)
        try:
            async with self._completions.ask(self._prepared) as events:
                async for event in events:
                    answer.take(event)
        except (AppError, ModelError) as error:
            return _refuse(self._request, error)
        return Response(answer.body(), media_type="application/json")


class _StreamedReply(_Reply):
    """An answer piece by piece. A failure before the first one still gets an HTTP status of its own."""

    def __init__(self, request: Request, completions: Completions, prepared: Prepared, *, with_usage: bool) -> None:
        super().__init__(request, completions, prepared)
        self._writer = ChunkWriter(prepared.head, with_usage=with_usage)

    async def _answer(self, group: asyncio.TaskGroup, send: Send) -> Response | None:
        line = _Line(send, self._completions)
        beat = group.create_task(line.keep_open())
        try:
            async with self._completions.ask(self._prepared) as events:
                async for event in events:
                    if data := self._writer.write(event):
                        await line.write(data)
        except (AppError, ModelError) as error:
            beat.cancel()
            refusal = _refuse(self._request, error)
            if not line.is_open:
                return refusal
            await line.write(b"data: " + refusal.body + b"\n\n")
        beat.cancel()
        await line.write(b"", is_last=True)
        return None


class _Line:
    """The event stream to one client. The first write opens it; a comment fills every while of silence."""

    def __init__(self, send: Send, completions: Completions) -> None:
        self.is_open = False
        self._send = send
        self._heartbeat_seconds = completions.heartbeat_seconds
        self._slowest_client_seconds = completions.slowest_client_seconds
        self._one_at_a_time = asyncio.Lock()
        self._now = asyncio.get_running_loop().time
        self._written_at = self._now()

    async def write(self, data: bytes, *, is_last: bool = False) -> None:
        """Raises `_HungUp` when the client takes nothing for too long."""
        try:
            async with asyncio.timeout(self._slowest_client_seconds), self._one_at_a_time:
                if not self.is_open:
                    self.is_open = True
                    await self._send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
                await self._send({"type": "http.response.body", "body": data, "more_body": not is_last})
        except (TimeoutError, OSError) as error:
            raise _HungUp from error
        self._written_at = self._now()

    async def keep_open(self) -> None:
        """Write a comment after every while of silence, for as long as the task lives."""
        while True:
            rest = self._written_at + self._heartbeat_seconds - self._now()
            if rest > 0:
                await asyncio.sleep(rest)
            else:
                await self.write(_HEARTBEAT)


async def _until_hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    raise _HungUp


def _refuse(request: Request, error: AppError | ModelError | HTTPException | RequestValidationError) -> Response:
    """Tell any failure of a request in the caller's language."""
    language = language_of(request)
    refusal = _told(error, request.app.state.texts, language)
    headers = {"content-language": language, **refusal.headers()}
    return Response(refusal.body, refusal.status, headers, media_type="application/json")


def _told(
    error: AppError | ModelError | HTTPException | RequestValidationError, texts: Texts, language: str
) -> Refusal:
    if isinstance(error, RequestValidationError):
        fault = field_error(texts, language, error.errors()[0])
        return refuse_field(_param(str(fault["field"])), str(fault["detail"]))
    if isinstance(error, HTTPException):
        # What interrupts the reading of a body, such as its size, arrives wrapped.
        error = error.__cause__ if isinstance(error.__cause__, AppError) else InvalidRequest()
    return refuse(error, texts, language)


def _param(field: str) -> str | None:
    """The faulty field as OpenAI names it, `messages[0].content`; None for a body that could not be read at all."""
    name = field.removeprefix("body").removeprefix(".")
    return None if name.isdigit() else _INDEX.sub(r"[\1]", name) or None
