"""Grows the parts of one answer from the pieces that come in, in the order that they come."""

from collections.abc import Sequence

from chatbox.sessions.parts import StoredPart

TOOL_INTERRUPTED = "tool_interrupted"


class PartsBuilder:
    """The parts of an answer in the making. Text goes to a trailing text part, reasoning to a trailing open reasoning
    part; whatever else comes in between begins a new part."""

    def __init__(self, start: Sequence[StoredPart] = ()) -> None:
        self._parts: list[StoredPart] = [dict(part) for part in start]
        self._texts: list[str] = []
        self._is_reasoning_open = False

    def text(self, chunk: str) -> None:
        if not self._ends_with("text"):
            self._push({"type": "text", "text": ""})
        self._texts.append(chunk)

    def reasoning(self, chunk: str, signature: str | None = None, provider: str | None = None) -> None:
        """A piece of reasoning; one with a signature closes the block."""
        if not (self._ends_with("reasoning") and self._is_reasoning_open):
            self._push({"type": "reasoning", "text": ""})
            self._is_reasoning_open = True
        self._texts.append(chunk)
        last = self._parts[-1]
        if provider is not None:
            last["provider"] = provider
        if signature is not None:
            last["signature"] = signature
            self._is_reasoning_open = False

    def push(self, part: StoredPart) -> None:
        """Add a whole part, such as a tool call, a note or an error."""
        self._push(dict(part))

    def set_tool_result(self, call_id: str, state: str, result: object) -> None:
        """Put a result where its call stands; a result without a call is dropped."""
        self._settle()
        for part in reversed(self._parts):
            if part["type"] == "tool-call" and part["toolCallId"] == call_id:
                part["state"] = state
                part["result"] = result
                return

    def end_calls(self) -> None:
        """The answer is over: what was called and has no result will never have one."""
        self._settle()
        for part in self._parts:
            if part["type"] == "tool-call" and part["state"] == "call":
                part["state"] = "error"
                part["result"] = TOOL_INTERRUPTED

    def build(self) -> list[StoredPart]:
        """The parts so far."""
        self._settle()
        return [dict(part) for part in self._parts]

    def _ends_with(self, kind: str) -> bool:
        return bool(self._parts) and self._parts[-1]["type"] == kind

    def _push(self, part: StoredPart) -> None:
        self._settle()
        self._is_reasoning_open = False
        self._parts.append(part)

    def _settle(self) -> None:
        if self._texts:
            last = self._parts[-1]
            last["text"] = last["text"] + "".join(self._texts)
            self._texts = []
