"""The ways in for files: in one go as a form, in pieces by tus 1.0.0, and past the server straight to the storage.

https://tus.io/protocols/resumable-upload: the core, and the extensions creation, expiration and termination.
"""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from chatbox.files.errors import (
    TusVersionUnsupported,
    UploadBroken,
    UploadHeaderWrong,
    UploadTypeWrong,
)
from chatbox.files.intake import Intake, Wanted, refuse_larger
from chatbox.files.multipart import FormReader
from chatbox.files.names import safe_name
from chatbox.files.schemas import DEFAULT_PURPOSE, DirectUploadNew, DirectUploadOut, FileOut, Purpose
from chatbox.files.service import Files, OwnFile
from chatbox.files.showing import shown
from chatbox.files.uploads import Announced, Standing, Uploads
from chatbox.kernel.errors import AppError, InvalidRequest
from chatbox.kernel.web import Me, language_of, problem, service

TUS_VERSION = "1.0.0"
_EXTENSIONS = "creation,expiration,termination"
_PIECE_TYPE = "application/offset+octet-stream"
_LONGEST_METADATA = 8192
_MOST_DIGITS = 18
_PURPOSE: TypeAdapter[str] = TypeAdapter(Purpose)
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

FilesService = Annotated[Files, Depends(service(Files))]
IntakeService = Annotated[Intake, Depends(service(Intake))]
UploadsService = Annotated[Uploads, Depends(service(Uploads))]


class _TusRoute(APIRoute):
    """A route that speaks tus: the version is checked, and named in every answer, refusals among them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return partial(_in_tus, super().get_route_handler())


async def _in_tus(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    try:
        if request.method != "OPTIONS" and request.headers.get("tus-resumable") != TUS_VERSION:
            raise TusVersionUnsupported
        response = await handle(request)
    except AppError as error:
        response = problem(request, error)
    response.headers["tus-resumable"] = TUS_VERSION
    if response.status_code == TusVersionUnsupported.status:
        response.headers["tus-version"] = TUS_VERSION
    return response


router = APIRouter()
_tus = APIRouter(prefix="/uploads", route_class=_TusRoute, include_in_schema=False)


@router.post("/upload", status_code=201, response_model=FileOut, openapi_extra=_UPLOAD_FORM)
async def upload_file(request: Request, me: Me, files: FilesService, intake: IntakeService) -> FileOut:
    """Take one file in. It is streamed into the storage; the fields of the form may stand on either side of it."""
    declared = max(0, _declared_length(request) - _FORM_BYTES)
    most = await intake.largest()
    refuse_larger(declared, most)
    async with intake.turn(me.id):
        form = FormReader(request.headers.get("content-type", ""), _body_of(request, most + _FORM_BYTES))
        filename = safe_name(await form.open_file())
        await intake.check_room_now(me.id, declared)
        wanted = Wanted(me.id, filename, _purpose_in(form))
        async with intake.holding(wanted, form.chunks()) as held:
            await form.finish()
            purpose = _purpose_in(form)
            if purpose == wanted.purpose:
                await intake.keep(held)
            else:  # it came behind the file, which lies in the wrong folder now
                await intake.move(held, purpose)
    return await _shown(request, files, await files.get(me.id, wanted.id))


@router.post("/direct", status_code=201, response_model=DirectUploadOut)
async def begin_direct_upload(new: DirectUploadNew, me: Me, uploads: UploadsService) -> DirectUploadOut:
    """How to send a file straight to the storage; 409 when this server's storage has no such way in."""
    announced = Announced(
        filename=safe_name(new.filename),
        purpose=new.purpose,
        size=new.size,
        mime_type=new.mime_type,
        sha256=bytes.fromhex(new.sha256),
    )
    upload_id, form = await uploads.begin_direct(me.id, announced)
    return DirectUploadOut(id=upload_id, url=form.url, fields=form.fields, expires_at=form.expires_at)


@router.post("/direct/{upload_id}/complete", status_code=201, response_model=FileOut)
async def complete_direct_upload(
    request: Request, upload_id: UUID, me: Me, files: FilesService, uploads: UploadsService
) -> FileOut:
    """Say that the bytes are there. They are read, and deleted if they are not what was announced."""
    await uploads.complete_direct(me.id, upload_id)
    return await _shown(request, files, await files.get(me.id, upload_id))


@_tus.options("")
@_tus.options("/{upload_id}")
async def describe_uploads(intake: IntakeService) -> Response:
    """What of tus is spoken here; for anybody."""
    headers = {
        "tus-version": TUS_VERSION,
        "tus-extension": _EXTENSIONS,
        "tus-max-size": str(await intake.largest()),
    }
    return Response(None, 204, headers)


@_tus.post("")
async def begin_upload(request: Request, me: Me, uploads: UploadsService) -> Response:
    """Announce a file; the answer says where its pieces go."""
    header = request.headers.get("upload-metadata", "")
    said = _metadata(header)
    announced = Announced(
        filename=safe_name(said.get("filename") or said.get("name") or ""),
        purpose=_purpose(said.get("purpose")),
        size=_number(request, "upload-length"),
        metadata_header=header,
    )
    standing = await uploads.begin(me.id, announced)
    return Response(None, 201, _headers(standing) | {"location": f"{request.url.path.rstrip('/')}/{standing.id}"})


@_tus.head("/{upload_id}")
async def find_upload(upload_id: UUID, me: Me, uploads: UploadsService) -> Response:
    """How far an upload is."""
    standing = await uploads.find(me.id, upload_id)
    headers = _headers(standing) | {"upload-length": str(standing.size), "cache-control": "no-store"}
    if standing.metadata_header:
        headers["upload-metadata"] = standing.metadata_header
    return Response(None, 200, headers)


@_tus.patch("/{upload_id}")
async def append_to_upload(
    request: Request, upload_id: UUID, me: Me, uploads: UploadsService, intake: IntakeService
) -> Response:
    """Send the next piece. After the last one there is a file with the upload's id."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _PIECE_TYPE:
        raise UploadTypeWrong
    offset = _number(request, "upload-offset")
    most = await intake.largest()
    refuse_larger(offset + _declared_length(request), most)
    async with intake.turn(me.id):
        standing = await uploads.append(me.id, upload_id, offset, _body_of(request, most))
    return Response(None, 204, _headers(standing))


@_tus.delete("/{upload_id}")
async def end_upload(upload_id: UUID, me: Me, uploads: UploadsService) -> Response:
    """Give an upload up."""
    await uploads.end(me.id, upload_id)
    return Response(None, 204)


@_tus.post("/{upload_id}")
async def act_on_upload(
    request: Request, upload_id: UUID, me: Me, uploads: UploadsService, intake: IntakeService
) -> Response:
    """The other verbs, for those whose network knows only POST (`X-HTTP-Method-Override`)."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await append_to_upload(request, upload_id, me, uploads, intake)
        case "DELETE":
            return await end_upload(upload_id, me, uploads)
        case "HEAD":
            return await find_upload(upload_id, me, uploads)
    raise UploadHeaderWrong(header="X-HTTP-Method-Override")


router.include_router(_tus)


async def _body_of(request: Request, most: int) -> AsyncGenerator[bytes]:
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
        refuse_larger(received, most)
        if piece:
            yield piece


async def _shown(request: Request, files: Files, file: OwnFile) -> FileOut:
    return await shown(files, file, request.app.state.texts, language_of(request))


def _headers(standing: Standing) -> dict[str, str]:
    headers = {"upload-offset": str(standing.offset)}
    if standing.expires_at is not None:
        headers["upload-expires"] = _http_date(standing.expires_at)
    return headers


def _http_date(moment: datetime) -> str:
    """As RFC 9110 §5.6.7 writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _metadata(header: str) -> Mapping[str, str]:
    """`name base64, name base64` (tus, Upload-Metadata)."""
    if len(header) > _LONGEST_METADATA:
        raise UploadHeaderWrong(header="Upload-Metadata")
    said: dict[str, str] = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            said[name.lower()] = base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
        except binascii.Error as error:
            raise UploadHeaderWrong(header="Upload-Metadata") from error
    return said


def _number(request: Request, name: str) -> int:
    """A header that is a whole number. Raises `UploadHeaderWrong`."""
    value = request.headers.get(name, "")
    if not value.isascii() or not value.isdigit() or len(value) > _MOST_DIGITS:
        raise UploadHeaderWrong(header=name.title())
    return int(value)


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _purpose_in(form: FormReader) -> str:
    return _purpose(form.fields.get("purpose"))


def _purpose(said: str | None) -> str:
    try:
        return _PURPOSE.validate_python(said or DEFAULT_PURPOSE)
    except ValidationError as error:
        raise InvalidRequest from error
