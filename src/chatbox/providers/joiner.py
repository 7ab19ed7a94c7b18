"""Joins neighbouring pieces of text, so that what one socket read brought leaves as one event."""

from chatbox.providers.port import ModelEvent, ReasoningDelta, TextDelta


class DeltaJoiner:
    """Collects the events of one read in order; neighbouring text, and neighbouring reasoning, become one delta.

    A busy provider puts hundreds of tokens in one read: one event for them all makes everything behind it cheap.
    """

    __slots__ = ("_events", "_reasoning", "_text")

    def __init__(self) -> None:
        self._events: list[ModelEvent] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []

    def text(self, piece: str) -> None:
        if self._reasoning:
            self._flush()
        self._text.append(piece)

    def reasoning(self, piece: str) -> None:
        if self._text:
            self._flush()
        self._reasoning.append(piece)

    def event(self, event: ModelEvent) -> None:
        self._flush()
        self._events.append(event)

    def take(self) -> list[ModelEvent]:
        """Everything since the last call."""
        self._flush()
        events = self._events
        self._events = []
        return events

    def _flush(self) -> None:
        if self._text:
            self._events.append(TextDelta("".join(self._text)))
            self._text.clear()
        elif self._reasoning:
            self._events.append(ReasoningDelta("".join(self._reasoning)))
            self._reasoning.clear()
