"""Sessions and the branches of their messages over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from chatbox.files.service import Files
from chatbox.kernel.i18n import Texts
from chatbox.kernel.web import Me, language_of, service
from chatbox.kernel.wire import Page, Paging
from chatbox.sessions.schemas import FileUseOut, SessionNew, SessionOut, SessionPatch
from chatbox.sessions.service import ListWish, SessionList, Sessions

router = APIRouter()
_sessions = APIRouter(prefix="/sessions", tags=["sessions"])

Service = Annotated[Sessions, Depends(service(Sessions))]
FilesService = Annotated[Files, Depends(service(Files))]


class SessionPaging(Paging):
    """A page of sessions, most recently used first; `q` looks in names."""

    q: Annotated[str | None, Query(max_length=200)] = None
    pinned: bool | None = None
    archived: bool | None = False


@_sessions.post("", status_code=201, response_model=SessionOut)
async def create_session(request: Request, me: Me, sessions: Service, new: SessionNew | None = None) -> SessionOut:
    texts: Texts = request.app.state.texts
    unnamed = texts.say("sessions.unnamed", language_of(request))
    return await sessions.create(me.id, new or SessionNew(), unnamed=unnamed)


@_sessions.get("", response_model=Page[SessionOut])
async def list_sessions(paging: Annotated[SessionPaging, Query()], me: Me, sessions: Service) -> SessionList:
    wish = ListWish(paging.limit, paging.cursor, (paging.q or "").strip() or None, paging.pinned, paging.archived)
    return await sessions.listed(me.id, wish)


@_sessions.get("/{session_id}", response_model=SessionOut)
async def get_session(session_id: UUID, me: Me, sessions: Service) -> SessionOut:
    return await sessions.get(me.id, session_id)


@_sessions.patch("/{session_id}", response_model=SessionOut)
async def change_session(session_id: UUID, patch: SessionPatch, me: Me, sessions: Service) -> SessionOut:
    return await sessions.change(me.id, session_id, patch)


@_sessions.delete("/{session_id}", status_code=204)
async def delete_session(session_id: UUID, me: Me, sessions: Service) -> None:
    await sessions.delete(me.id, session_id)


@_sessions.post("/{session_id}/messages/{message_id}/switch", response_model=SessionOut)
async def switch_branch(session_id: UUID, message_id: UUID, me: Me, sessions: Service) -> SessionOut:
    """Make the branch through this message the active path."""
    return await sessions.switch(me.id, session_id, message_id)


@_sessions.delete("/{session_id}/messages/{message_id}", response_model=SessionOut)
async def delete_message(session_id: UUID, message_id: UUID, me: Me, sessions: Service) -> SessionOut:
    """Delete this message and everything below it."""
    return await sessions.delete_message(me.id, session_id, message_id)


@router.get("/files/{file_id}/uses", response_model=Page[FileUseOut], tags=["files"])
async def list_uses_of_file(
    file_id: UUID, paging: Annotated[Paging, Query()], me: Me, files: FilesService, sessions: Service
) -> Page[FileUseOut]:
    """The messages that carry this file, newest first."""
    await files.get(me.id, file_id)
    return await sessions.uses_of_file(me.id, file_id, paging)


router.include_router(_sessions)
