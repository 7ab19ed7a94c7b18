"""One event of a session's log as it travels: numbered, and encoded once for all who watch."""

from collections.abc import Sequence

import msgspec


class Frame:
    """An event with its number. `data` is encoded JSON; the WebSocket text is made on first use and then shared."""

    __slots__ = ("_text", "data", "seq", "type")

    def __init__(self, seq: int, type: str, data: bytes) -> None:  # noqa: A002 - the word of the contract
        self.seq = seq
        self.type = type
        self.data = data
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The frame as the WebSocket sends it (CONTRACT §3)."""
        if self._text is None:
            self._text = f'{{"type":"{self.type}","seq":{self.seq},"data":{self.data.decode()}}}'
        return self._text

    @property
    def sse(self) -> bytes:
        """The frame as a Server-Sent Event named by its type (WHATWG HTML §9.2); encoded JSON has no line breaks."""
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self.seq, self.type.encode(), self.data)

    @property
    def size(self) -> int:
        """Roughly the bytes it holds in memory."""
        return len(self.data) + 100


class _Packed(msgspec.Struct, array_like=True):
    seq: int
    type: str
    data: msgspec.Raw


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[_Packed])


def pack(frames: Sequence[Frame]) -> bytes:
    """Frames as one message for the bus."""
    return _encoder.encode([_Packed(frame.seq, frame.type, msgspec.Raw(frame.data)) for frame in frames])


def unpack(message: bytes) -> list[Frame]:
    """The inverse of `pack`. Raises `msgspec.MsgspecError`."""
    return [Frame(item.seq, item.type, bytes(item.data)) for item in _decoder.decode(message)]
