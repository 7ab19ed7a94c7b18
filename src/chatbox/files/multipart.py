"""A multipart form (RFC 7578) read as it comes in: its file is handed on piece by piece and never held as a whole."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from chatbox.files.errors import BadForm, FilePartMissing

MOST_PARTS = 20
_LONGEST_FIELD = 4096
_LONGEST_HEADER = 8192


@dataclass(frozen=True, slots=True)
class _Begin:
    """A part begins; `filename` is None for a plain field."""

    name: str
    filename: str | None


class _End:
    """A part has ended."""


@dataclass(slots=True)
class _Events:
    """What the parser has found and nobody has read yet: no more than one piece of the body can bring."""

    queue: deque[_Begin | _End | bytes] = field(default_factory=deque)
    is_whole: bool = False
    parts: int = 0
    _header: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""

    def on_part_begin(self) -> None:
        self.parts += 1
        self._disposition = b""
        if self.parts > MOST_PARTS:
            raise BadForm

    def on_header_begin(self) -> None:
        self._header = self._value = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value

    def on_headers_finished(self) -> None:
        # The parser reads headers as Latin-1; browsers write UTF-8 (RFC 7578 §5.1).
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        filename = options.get(b"filename")
        self.queue.append(_Begin(_decoded(options.get(b"name", b"")), None if filename is None else _decoded(filename)))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.queue.append(data[start:end])

    def on_part_end(self) -> None:
        self.queue.append(_End())

    def on_end(self) -> None:
        self.is_whole = True


class FormReader:
    """Reads one form. First `open_file`, then all of `chunks`, then `finish`; `fields` holds what else it said."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        """Raises `BadForm` when `content_type` names no boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise BadForm
        self.fields: dict[str, str] = {}
        self._body = body
        self._events = _Events()
        callbacks = {name: getattr(self._events, name) for name in dir(self._events) if name.startswith("on_")}
        try:
            self._parser = MultipartParser(boundary, callbacks, max_header_size=_LONGEST_HEADER)  # type: ignore[arg-type] # a TypedDict there
        except FormParserError as error:
            raise BadForm from error

    async def open_file(self) -> str:
        """Read up to the part `file`; returns the name that the sender gave it. Raises `FilePartMissing`, `BadForm`."""
        while (event := await self._next()) is not None:
            if isinstance(event, _Begin):
                if event.name == "file" and event.filename is not None:
                    return event.filename
                await self._read_field(event)
        raise FilePartMissing

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes of the file. Raises `BadForm` when the form breaks off."""
        while isinstance(event := await self._next(), bytes):
            yield event
        if event is None:
            raise BadForm

    async def finish(self) -> None:
        """Read what follows the file."""
        while (event := await self._next()) is not None:
            if isinstance(event, _Begin):
                await self._read_field(event)

    async def _read_field(self, begin: _Begin) -> None:
        value = b""
        while isinstance(event := await self._next(), bytes):
            if begin.filename is None:
                value += event
            if len(value) > _LONGEST_FIELD:
                raise BadForm
        if begin.filename is None:
            self.fields[begin.name] = _decoded(value)

    async def _next(self) -> _Begin | _End | bytes | None:
        """The next thing in the form; None at its end. Raises `BadForm` when the body ends before that."""
        while not self._events.queue:
            if self._events.is_whole:
                await self._drain()
                return None
            piece = await anext(self._body, None)
            if piece is None:
                raise BadForm
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise BadForm from error
        return self._events.queue.popleft()

    async def _drain(self) -> None:
        """What follows the last boundary says nothing (RFC 2046 §5.1.1), but it is part of the request."""
        async for _ in self._body:
            pass


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
