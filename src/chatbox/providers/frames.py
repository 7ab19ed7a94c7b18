"""Cuts the bytes of a streamed answer into its frames: server-sent events, or one JSON document a line.

Both cutters work on bytes, cost time linear in what they are fed however it is cut, and hold a bounded amount. They
follow the event stream format of the HTML standard as far as models need it: `data` fields, comments, CRLF; event
names are not kept, since every provider repeats the name inside its JSON.
"""

from chatbox.providers.port import StreamBroken

# Real frames reach hundreds of kilobytes (whole tool results, encrypted reasoning); smaller caps cut real answers off.
MAX_FRAME_BYTES = 8 * 1024 * 1024


class LineCutter:
    """Whole lines out of pieces; a line that never ends is refused at `MAX_FRAME_BYTES`."""

    __slots__ = ("_tail", "_tail_size")

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._tail_size = 0

    def cut(self, data: bytes) -> list[bytes]:
        """The lines that `data` completed, without their line feeds. Raises `StreamBroken` past the limit."""
        end = data.rfind(b"\n")
        if end < 0:
            self._keep(data)
            return []
        lines = data.split(b"\n")
        rest = lines.pop()
        if self._tail:
            self._tail.append(lines[0])
            lines[0] = b"".join(self._tail)
            self._tail.clear()
            self._tail_size = 0
            if len(lines[0]) > MAX_FRAME_BYTES:
                raise StreamBroken("the provider sent a line that is too long")
        if rest:
            self._keep(rest)
        return lines

    def rest(self) -> bytes:
        """The last line, which the stream ended without closing."""
        rest = b"".join(self._tail)
        self._tail.clear()
        self._tail_size = 0
        return rest

    def _keep(self, piece: bytes) -> None:
        self._tail.append(piece)
        self._tail_size += len(piece)
        if self._tail_size > MAX_FRAME_BYTES:
            raise StreamBroken("the provider sent a line that is too long")


class SseFrames:
    """The `data` of each server-sent event."""

    __slots__ = ("_lines", "_parts", "_size")

    def __init__(self) -> None:
        self._lines = LineCutter()
        self._parts: list[bytes] = []
        self._size = 0

    def cut(self, data: bytes) -> list[bytes]:
        """The events that `data` completed. Raises `StreamBroken` for one that is too long."""
        return self._read(self._lines.cut(data))

    def rest(self) -> list[bytes]:
        """The event at the end of a stream that forgot its last blank line."""
        return self._read([self._lines.rest(), b""])

    def _read(self, lines: list[bytes]) -> list[bytes]:
        frames: list[bytes] = []
        parts = self._parts
        for line in lines:
            if line[:5] == b"data:":
                part = line[6:] if line[5:6] == b" " else line[5:]
                self._size += len(part)
                if self._size > MAX_FRAME_BYTES:
                    raise StreamBroken("the provider sent an event that is too long")
                parts.append(part)
            elif line in (b"", b"\r") and parts:
                # JSON does not mind the carriage returns that CRLF leaves at the ends, so only `[DONE]` needs a strip.
                frame = parts[0] if len(parts) == 1 else b"\n".join(parts)
                frames.append(frame[:-1] if frame[-1:] == b"\r" else frame)
                parts.clear()
                self._size = 0
        return frames


class NdjsonFrames:
    """One JSON document a line."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = LineCutter()

    def cut(self, data: bytes) -> list[bytes]:
        """The documents that `data` completed. Raises `StreamBroken` for one that is too long."""
        return [line for line in self._lines.cut(data) if line.strip()]

    def rest(self) -> list[bytes]:
        """The document at the end of a stream that forgot its last line feed."""
        last = self._lines.rest()
        return [last] if last.strip() else []
