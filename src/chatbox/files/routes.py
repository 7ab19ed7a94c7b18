"""Files over HTTP: list, look, serve, read, delete. How they come in: `upload_routes`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from chatbox.files.content import plan_reply
from chatbox.files.errors import FileContentMissing, RangeNotSatisfiable
from chatbox.files.links import Grant
from chatbox.files.schemas import FileOut, FileTextOut, FileUsageOut
from chatbox.files.service import FileGroup, Files, ListWish, OwnFile, TextRange, Usage
from chatbox.files.showing import shown
from chatbox.files.upload_routes import router as upload_router
from chatbox.kernel.errors import InvalidRequest
from chatbox.kernel.storage.port import ObjectMissing, Storage
from chatbox.kernel.web import Me, language_of, problem, service
from chatbox.kernel.wire import Incoming, Page, Paging

router = APIRouter(prefix="/files", tags=["files"])
router.include_router(upload_router)

FilesService = Annotated[Files, Depends(service(Files))]
_MOST_TEXT = 1_000_000


class FilePaging(Paging):
    """A page of one's files, newest first; `query` looks in names."""

    query: Annotated[str | None, Query(max_length=200)] = None
    kind: FileGroup | None = None


class ContentWish(Incoming):
    """`download` makes a browser save even a picture; `view` asks for a small picture of the file, if there is one;
    with `inline` the server never redirects, so that scripts of its page may read what they are given."""

    download: bool = False
    inline: bool = False
    view: bool = False


@router.get("", response_model=Page[FileOut])
async def list_files(
    request: Request, paging: Annotated[FilePaging, Query()], me: Me, files: FilesService
) -> Page[FileOut]:
    wish = ListWish((paging.query or "").strip() or None, paging.kind, _cursor(paging.cursor), paging.limit)
    found, cursor = await files.listed(me.id, wish)
    return Page(
        items=[await _shown(request, files, file) for file in found], next_cursor=str(cursor) if cursor else None
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
    size = await files.size_of(grant.storage_key)
    seconds = max(0, grant.expires - int(files.links.clock().timestamp()))
    return await _serve(request, files.storage, grant, size, f"private, max-age={seconds}, immutable")


@router.get("/{file_id}", response_model=FileOut)
async def get_file(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    return await _shown(request, files, await files.get(me.id, file_id))


@router.get("/{file_id}/content", response_class=Response)
async def get_content(
    request: Request, file_id: UUID, me: Me, files: FilesService, wish: Annotated[ContentWish, Query()]
) -> Response:
    """The bytes, or a redirect to where the storage gives them out. Ranges are answered."""
    grant, size = await files.opened(me.id, file_id, as_view=wish.view, as_download=wish.download)
    if not wish.inline:
        link = await files.links.offered(grant)
        if link is not None:
            return RedirectResponse(link, 302, {"cache-control": "no-store"})
    return await _serve(request, files.storage, grant, size, "private, no-cache")


router.head("/{file_id}/content", include_in_schema=False)(get_content)


@router.get("/{file_id}/text", response_model=FileTextOut)
async def get_text(
    file_id: UUID,
    me: Me,
    files: FilesService,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
    end: Annotated[int, Query(ge=0, le=10**9)] = _MOST_TEXT,
) -> TextRange:
    """What was read, from `start` up to `end` (in characters), a million at most, and the marks of that part."""
    return await files.text_range(me.id, file_id, start, min(end, start + _MOST_TEXT))


@router.post("/{file_id}/read", response_model=FileOut)
async def read_file_again(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    """Try again to read what could not be read."""
    return await _shown(request, files, await files.read_again(me.id, file_id))


@router.post("/{file_id}/cancel", response_model=FileOut)
async def cancel_reading(request: Request, file_id: UUID, me: Me, files: FilesService) -> FileOut:
    """Stop reading it; the file stays."""
    return await _shown(request, files, await files.stop_reading(me.id, file_id))


@router.delete("/{file_id}", status_code=204)
async def delete_file(file_id: UUID, me: Me, files: FilesService) -> None:
    """Delete the file wherever it is used; the messages stay without it."""
    await files.delete(me.id, file_id)


async def _shown(request: Request, files: Files, file: OwnFile) -> FileOut:
    return await shown(files, file, request.app.state.texts, language_of(request))


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


def _cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError as error:
        raise InvalidRequest from error
