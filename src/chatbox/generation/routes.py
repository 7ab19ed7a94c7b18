"""Messages, answers and the event stream over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from chatbox.generation import sse
from chatbox.generation.connections import Connections
from chatbox.generation.question import question_parts
from chatbox.generation.schemas import Again, GoOn, MessagePaging, Question, SentOut
from chatbox.generation.service import Caller, Generations, Sent, Wish
from chatbox.kernel.errors import ForeignOrigin, ScopeMissing
from chatbox.kernel.web import Chatter, Me, Principal, language_of, service
from chatbox.sessions.schemas import MessagePage

router = APIRouter(prefix="/sessions/{session_id}", tags=["messages"])

Service = Annotated[Generations, Depends(service(Generations))]
Open = Annotated[Connections, Depends(service(Connections))]

_LONGEST_SEQ = 18
_STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def _caller(me: Principal, request: Request) -> Caller:
    return Caller(me.id, language_of(request))


@router.get("/messages", response_model=MessagePage)
async def list_messages(
    session_id: UUID, paging: Annotated[MessagePaging, Query()], me: Me, request: Request, generations: Service
) -> MessagePage:
    """A window of the active path, or of the whole tree."""
    return await generations.read(
        _caller(me, request),
        session_id,
        limit=paging.limit,
        cursor=paging.cursor,
        whole_tree=paging.view == "tree",
    )


@router.post("/messages", status_code=201, response_model=SentOut)
async def send_message(
    session_id: UUID, question: Question, me: Chatter, request: Request, generations: Service
) -> Sent:
    """Send a message; the answer streams on the session's stream."""
    parts = question_parts(question.said, question.content_parts)
    wish = Wish(question.model, question.client_id, question.parent_id)
    return await generations.send(_caller(me, request), session_id, parts, wish)


@router.post("/messages/{message_id}/edit", status_code=201, response_model=SentOut)
async def edit_message(
    session_id: UUID, message_id: UUID, question: Question, me: Chatter, request: Request, generations: Service
) -> Sent:
    """Write a message anew in a branch beside the old one; a question is answered anew."""
    parts = question_parts(question.said, question.content_parts)
    wish = Wish(question.model, question.client_id)
    return await generations.edit(_caller(me, request), session_id, message_id, parts, wish=wish)


@router.post("/messages/{message_id}/regenerate", status_code=201, response_model=SentOut)
async def regenerate_answer(
    session_id: UUID,
    message_id: UUID,
    me: Chatter,
    request: Request,
    generations: Service,
    again: Again | None = None,
) -> Sent:
    """Ask again, in a branch beside the old answer."""
    wish = Wish(again.model, again.client_id) if again else Wish()
    return await generations.regenerate(_caller(me, request), session_id, message_id, wish)


@router.post("/messages/{message_id}/continue", status_code=201, response_model=SentOut)
async def continue_answer(
    session_id: UUID,
    message_id: UUID,
    me: Chatter,
    request: Request,
    generations: Service,
    go_on: GoOn | None = None,
) -> Sent:
    """Go on with an answer that was stopped, cut or failed."""
    return await generations.resume(_caller(me, request), session_id, message_id, go_on.client_id if go_on else None)


@router.post("/messages/{message_id}/stop", status_code=202)
async def stop_answer(
    session_id: UUID, message_id: UUID, me: Chatter, request: Request, generations: Service
) -> Response:
    """Stop an answer that runs or waits; what was written is kept."""
    await generations.stop(_caller(me, request), session_id, message_id)
    return Response(status_code=202)


class StreamWish(BaseModel):
    """How to follow: `after` resumes, `message` sends first."""

    message: Annotated[str | None, Field(max_length=100_000)] = None
    after: Annotated[int | None, Field(ge=0, lt=10**_LONGEST_SEQ)] = None
    client_id: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    model: Annotated[str | None, Field(max_length=300)] = None


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    session_id: UUID,
    wish: Annotated[StreamWish, Query()],
    me: Me,
    request: Request,
    generations: Service,
    connections: Open,
) -> Response:
    """Follow the session by Server-Sent Events; with `message`, send it and follow its answer alone.

    `Last-Event-ID` (or `after`) resumes; a reconnect that carries it never sends the message again.
    """
    caller = _caller(me, request)
    position = _last_event_id(request)
    position = wish.after if position is None else position
    if wish.message is None:
        await generations.check(caller, session_id)
        return _streaming(generations, connections, me, _Telling(session_id, position, None))
    if position is None:
        _refuse_foreign_send(request, me)
        sent = await generations.send(
            caller, session_id, question_parts(wish.message, None), Wish(wish.model, wish.client_id)
        )
        position, generation_id = sent.seq, sent.generation_id
    else:
        generation_id = await generations.run_at(caller, session_id, position, wish.client_id)
    if generation_id is None:
        # The answer was told to its end: 204 makes an EventSource stop reconnecting (WHATWG HTML §9.2.3).
        return Response(status_code=204)
    return _streaming(generations, connections, me, _Telling(session_id, position, generation_id))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What a stream tells: everything of the session, or one answer; from where on."""

    session_id: UUID
    after: int | None
    generation_id: UUID | None


def _streaming(
    generations: Generations, connections: Connections, me: Principal, telling: _Telling
) -> StreamingResponse:
    body = _body(generations, connections, me, telling)
    return StreamingResponse(body, media_type="text/event-stream", headers=_STREAM_HEADERS)


async def _body(
    generations: Generations, connections: Connections, me: Principal, telling: _Telling
) -> AsyncGenerator[bytes]:
    with connections.opened(me) as connection:
        batches = generations.followers.follow(
            telling.session_id, telling.after, idle_seconds=sse.HEARTBEAT_SECONDS, connection=connection
        )
        if telling.generation_id is None:
            chunks = sse.all_events(batches)
        else:
            chunks = sse.one_answer(batches, telling.generation_id, telling.after or 0)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk


def _last_event_id(request: Request) -> int | None:
    value = request.headers.get("last-event-id", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_SEQ else None


def _refuse_foreign_send(request: Request, me: Principal) -> None:
    """A GET that sends must come from our own page when only the cookie vouches for it; a key needs the scope."""
    if not me.scopes & {"chat", "write"}:
        raise ScopeMissing(scope="chat")
    has_token = "authorization" in request.headers or "token" in request.query_params
    if not has_token and request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise ForeignOrigin
