"""Reads the streamed answer of Ollama's own chat API: one JSON document a line.

Source: Ollama API reference, "Generate a chat completion".
"""

from collections.abc import Callable

import msgspec

from chatbox.providers.failures import stream_failed
from chatbox.providers.frames import NdjsonFrames
from chatbox.providers.port import FinishReason, ModelUsage, ToolCall, ToolCallDone
from chatbox.providers.think_tags import ThinkTagSplitter
from chatbox.providers.wire import AnswerReader

_FINISH_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


class _Function(msgspec.Struct, gc=False):
    name: str = ""
    arguments: dict[str, object] | None = None


class _Call(msgspec.Struct, gc=False):
    id: str | None = None
    function: _Function = msgspec.field(default_factory=_Function)


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Line(msgspec.Struct, gc=False):
    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    error: object = None


_decode = msgspec.json.Decoder(_Line).decode


class OllamaAnswer(AnswerReader):
    """One answer of `/api/chat`."""

    def __init__(self, new_call_id: Callable[[], str]) -> None:
        """`new_call_id` names tool calls, which Ollama leaves without an id."""
        super().__init__(NdjsonFrames())
        self._new_call_id = new_call_id
        self._tags = ThinkTagSplitter(self._joiner)
        self._calls: list[ToolCall] = []

    def _read(self, frame: bytes) -> None:
        line = _decode(frame)
        if line.error:
            raise stream_failed(line.error)
        if line.message is not None:
            self._read_message(line.message)
        if line.done:
            self.reason = _FINISH_REASONS.get(line.done_reason or "stop", "other")
            if line.eval_count is not None:
                # A prompt that was wholly cached is not counted at all.
                self.usage = ModelUsage(input=line.prompt_eval_count or 0, output=line.eval_count)
            self.is_over = True

    def _read_message(self, message: _Message) -> None:
        if message.thinking:
            self._joiner.reasoning(message.thinking)
        if message.content:
            if self._tags.is_open:
                self._tags.add(message.content)
            else:
                self._joiner.text(message.content)
        for call in message.tool_calls or ():
            arguments = msgspec.json.encode(call.function.arguments or {}).decode()
            self._calls.append(ToolCall(call.id or self._new_call_id(), call.function.name, arguments))

    def _complete(self) -> None:
        self._tags.finish()
        for call in self._calls:
            self._joiner.event(ToolCallDone(call))
        if self._calls and self.reason == "stop":
            self.reason = "tool_calls"
