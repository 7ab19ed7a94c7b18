"""Files over HTTP: upload, list, look, serve, read, delete."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from chatbox.files.attached import Attached
from chatbox.files.content import how_shown, plan_reply
from chatbox.files.errors import FileContentMissing, FileTooLarge, RangeNotSatisfiable, UploadBroken
from chatbox.files.intake import MEGABYTE, Intake, Wanted
from chatbox.files.links import LINK_SECONDS, Grant
from chatbox.files.multipart import FormReader
from chatbox.files.names import disposition, safe_name
from chatbox.files.schemas import (
    DEFAULT_PURPOSE,
    FileOut,
    FileProblem,
    FileProgress,
    FileTextOut,
    FileUsageOut,
    Purpose,
)
from chatbox.files.service import FileGroup, Files, ListWish, OwnFile, TextRange, Usage
from chatbox.kernel.errors import InvalidRequest
from chatbox.kernel.i18n import Texts
from chatbox.kernel.storage.port import ObjectMissing, Storage
from chatbox.kernel.web import Me, language_of, problem, service
from chatbox.kernel.wire import Page, Paging

router = APIRouter(prefix="/files", tags=["files"])

FilesService = Annotated[Files, Depends(service(Files))]
IntakeService = Annotated[Intake, Depends(service(Intake))]
_UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "purpose": {"type": "string", "default": DEFAULT_PURPOSE},
                    },
                }
            }
        },
    }
}
# What a form adds to its file: boundaries, headers, the other fields.
_FORM_BYTES = 64 * 1024
# A sender that is silent for so long is gone.
_SILENCE_SECONDS = 60
_MOST_TEXT = 1_000_000
_PURPOSE: TypeAdapter[str] = TypeAdapter(Purpose)


class FilePaging(Paging):
    """A page of one's files, newest first; `query` looks in names."""

    query: Annotated[str | None, Query(max_length=200)] = None
    kind: FileGroup | None = None


@router.post("/upload", status_code=201, response_model=FileOut, openapi_extra=_UPLOAD_FORM)
async def upload_file(request: Request, me: Me, files: FilesService, intake: IntakeService) -> FileOut:
    """Take one file in. It is streamed into the storage; the fields of the form may stand on either side of it."""
    most = intake.limits.of_file + _FORM_BYTES
    declared = _declared_length(request)
    intake.check_size(declared - _FORM_BYTES)
    async with intake.turn(me.id):
        form = FormReader(request.headers.get("content-type", ""), body_of(request, most))
        filename = safe_name(await form.open_file())
        await intake.check_room_now(me.id, max(0, declared - _FORM_BYTES))
        wanted = Wanted(me.id, filename, _purpose_in(form))
        async with intake.holding(wanted, form.chunks()) as held:
            await form.finish()
            purpose = _purpose_in(form)
            if purpose == wanted.purpose:
                await intake.keep(held)
            else:  # it came behind the file, which lies in the wrong folder now
                await intake.move(held, purpose)
    return await shown(request, files, await files.get(me.id, wanted.id))


@router.get("", response_model=Page[FileOut])
async def list_files(
    request: Request, paging: Annotated[FilePaging, Query()], me: Me, files: FilesService
) -> Page[FileOut]:
    wish = ListWish((paging.query or "").strip() or None, paging.kind, _cursor(paging.cursor), paging.limit)
    found, cursor = await files.listed(me.id, wish)
    return Page(
        items=[await shown(request, files, file) for file in found], next_cursor=str(cursor) if cursor else None
    )


@router.get("/usage", response_model=FileUsageOut)
async def get_usage(me: Me, files: FilesService) -> Usage:
    """How much room one's files take."""
    return await files.usage(me.id)


@router.get("/s/{token}/{filename}", include_in_schema=False)
@router.head("/s/{token}/{filename}", include_in_schema=False)
async def open_link(request: Request, token: str, files: FilesService) -> Response:
    """What a signed address opens. Whoever has it may; the name in it is for people only."""
    grant = files.links.open(token)
    try:
        size = await files.storage.size(grant.storage_key)
    except ObjectMissing as error:
        raise FileContentMissing from error
    seconds = max(0, grant.expires - int(files.links.clock().timestamp()))
    return await _serve(request, files.storage, grant, size, f"private, max-age={seconds}, immutable")


@router.get("/{file_id}", response_model=FileOut)
async def get_file(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    return await shown(request, files, await files.get(me.id, file_id))


@router.get("/{file_id}/content", response_class=Response)
async def get_content(
    request: Request, file_id: UUID, me: Me, files: FilesService, *, download: bool = False, proxy: bool = False
) -> Response:
    """The bytes, or a redirect to where the storage gives them out; with `proxy` always the bytes, through the server.

    Ranges are answered. `download` makes a browser save even a picture.
    """
    file = (await files.get(me.id, file_id)).attached
    kind = how_shown(file.mime_type, as_download=download)
    if not proxy:
        link = await files.storage.link(
            file.storage_key,
            disposition=disposition(kind, file.filename),
            mime_type=file.mime_type,
            seconds=LINK_SECONDS,
        )
        if link is not None:
            return RedirectResponse(link, 302, {"cache-control": "no-store"})
    grant = Grant(file.storage_key, file.mime_type, kind, file.filename, 0)
    return await _serve(request, files.storage, grant, file.size, "private, no-cache")


router.head("/{file_id}/content", include_in_schema=False)(get_content)


@router.get("/{file_id}/text", response_model=FileTextOut)
async def get_text(
    file_id: UUID,
    me: Me,
    files: FilesService,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
    end: Annotated[int, Query(ge=0, le=10**9)] = _MOST_TEXT,
) -> TextRange:
    """What was read, from `start` up to `end` (in characters), a million at most; all marks."""
    return await files.text_range(me.id, file_id, start, min(end, start + _MOST_TEXT))


@router.post("/{file_id}/read", response_model=FileOut)
async def read_file_again(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    """Try again to read what could not be read."""
    return await shown(request, files, await files.read_again(me.id, file_id))


@router.post("/{file_id}/cancel", response_model=FileOut)
async def cancel_reading(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    """Stop reading it; the file stays."""
    return await shown(request, files, await files.stop_reading(me.id, file_id))


@router.delete("/{file_id}", status_code=204)
async def delete_file(file_id: UUID, me: Me, files: FilesService) -> None:
    """Delete the file wherever it is used; the messages stay without it."""
    await files.delete(me.id, file_id)


async def shown(request: Request, files: Files, file: OwnFile) -> FileOut:
    """The file as it goes over the wire, with fresh addresses, in the caller's language."""
    attached = file.attached
    is_read = attached.status == "reading" and file.progress_of > 0
    return FileOut(
        id=attached.id,
        filename=attached.filename,
        mime_type=attached.mime_type,
        kind=attached.kind,
        size=attached.size,
        storage_key=attached.storage_key,
        url=await files.url(attached),
        status=attached.status,
        progress=FileProgress(done=file.progress, of=file.progress_of) if is_read else None,
        problem=_problem_of(request, attached),
        created_at=file.created_at,
        purpose=file.purpose,
        preview_url=await files.view_url(attached),
        pages=attached.pages,
        characters=attached.characters,
        uses=file.uses,
    )


def _problem_of(request: Request, attached: Attached) -> FileProblem | None:
    if attached.problem_code is None:
        return None
    texts: Texts = request.app.state.texts
    detail = texts.say(f"errors.{attached.problem_code}", language_of(request))
    return FileProblem(code=attached.problem_code, detail=detail)


async def body_of(request: Request, most: int) -> AsyncGenerator[bytes]:
    """The body as it comes in. Raises `UploadBroken` when its sender is gone, `FileTooLarge` past `most` bytes."""
    pieces = request.stream()
    received = 0
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                piece = await anext(pieces, None)
        except (ClientDisconnect, TimeoutError) as error:
            raise UploadBroken from error
        if piece is None:
            return
        received += len(piece)
        if received > most:
            raise FileTooLarge(megabytes=most // MEGABYTE)
        if piece:
            yield piece


async def _serve(request: Request, storage: Storage, grant: Grant, size: int, cache: str) -> Response:
    """Answer with the bytes, a part of them, or why not."""
    reply = plan_reply(
        request.headers,
        storage_key=grant.storage_key,
        size=size,
        mime_type=grant.mime_type,
        kind=grant.disposition,
        filename=grant.filename,
    )
    if reply.status == RangeNotSatisfiable.status:
        refusal = problem(request, RangeNotSatisfiable())
        refusal.headers.update(reply.headers)
        return refusal
    headers = reply.headers | {"cache-control": cache}
    if reply.span is None or request.method == "HEAD":
        return Response(None, reply.status, headers)
    pieces = storage.read(grant.storage_key, start=reply.span.start, end=reply.span.end)
    try:
        first = await anext(pieces, b"")
    except ObjectMissing as error:
        raise FileContentMissing from error
    return StreamingResponse(_all_of(first, pieces), reply.status, headers)


async def _all_of(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


def _purpose_in(form: FormReader) -> str:
    try:
        return _PURPOSE.validate_python(form.fields.get("purpose") or DEFAULT_PURPOSE)
    except ValidationError as error:
        raise InvalidRequest from error


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "0")
    return int(declared) if declared.isdigit() else 0


def _cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError as error:
        raise InvalidRequest from error
